import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** A picture that is drawn over the earlier ones, at this place, and shown for this time in milliseconds. */
export interface Frame {
  readonly png: Buffer;
  readonly x: number;
  readonly y: number;
  readonly ms: number;
}

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/**
 * An animated PNG (PNG, third edition, 4.9), which repeats for ever. The first frame has the size of the picture. All
 * frames have the same colour type.
 */
export function animatedPng(frames: readonly Frame[]): Buffer {
  let sequence = 0;
  const pictures = frames.map(({ png, x, y, ms }, index) => {
    const header = dataOf(png, 'IHDR');
    // Sequence number, width and height, offset, delay as a fraction; keep the picture, and replace the pixels.
    const control = Buffer.alloc(26);
    control.writeUInt32BE(sequence++, 0);
    header.copy(control, 4, 0, 8);
    control.writeUInt32BE(x, 12);
    control.writeUInt32BE(y, 16);
    control.writeUInt16BE(ms, 20);
    control.writeUInt16BE(1000, 22);
    const pixels = deflateSync(inflateSync(dataOf(png, 'IDAT')), { level: 9 });
    if (index === 0) return [chunk('fcTL', control), chunk('IDAT', pixels)];
    const number = Buffer.alloc(4);
    number.writeUInt32BE(sequence++);
    return [chunk('fcTL', control), chunk('fdAT', Buffer.concat([number, pixels]))];
  });
  const header = dataOf(frames[0]?.png ?? Buffer.alloc(0), 'IHDR');
  const animation = Buffer.alloc(8);
  animation.writeUInt32BE(frames.length);
  return Buffer.concat([
    SIGNATURE,
    ...[chunk('IHDR', header), chunk('acTL', animation)],
    ...pictures.flat(),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The data of all chunks of that type. */
function dataOf(png: Buffer, type: string): Buffer {
  const found: Buffer[] = [];
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === type) found.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return Buffer.concat(found);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
