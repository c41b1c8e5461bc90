/** Parts of a response, in their order. */
export class Parts {
  private readonly parts: Uint8Array[] = [];
  private length = 0;

  add(bytes: Uint8Array): void {
    this.parts.push(bytes);
    this.length += bytes.length;
  }

  joined(): Buffer {
    const bytes = Buffer.allocUnsafeSlow(this.length);
    let offset = 0;
    for (const part of this.parts) {
      bytes.set(part, offset);
      offset += part.length;
    }
    return bytes;
  }
}
