import type { BytesForm } from '../cache/index.ts';
import { LazyList, type List } from '../domain/list.ts';
import type { Column, Row } from './columns.ts';

/** A column for each field. */
type Columns<T> = { readonly [F in keyof T]: Column<T[F]> };

// The number of rows; the records, each of the same width; the texts of all rows in UTF-8. A record begins with the end of
// its row's text in bytes, counted from the start of the texts, and with whether that text is ASCII, which is decoded three
// times as fast.
const HEAD = 4;
const IS_ASCII_AT = 4;
const COLUMNS_AT = 5;

interface RowCodecs<T> {
  /** A row is decoded when it is first read. */
  readonly list: BytesForm<List<T>>;
  /** A row or none, as a list of at most one row. */
  readonly one: BytesForm<T | null>;
}

export function createRowCodecs<T extends { readonly id: number }>(columns: Columns<T>): RowCodecs<T> {
  const fields: { readonly name: string; readonly column: Column<unknown>; readonly at: number }[] = [];
  let width = COLUMNS_AT;
  for (const [name, column] of Object.entries(columns) as [string, Column<unknown>][]) {
    fields.push({ name, column, at: width });
    width += column.width;
  }

  const reader: RowReader<T> = {
    rowAt(records, position) {
      const at = HEAD + position * width;
      const textsAt = HEAD + records.readUInt32LE() * width;
      const start = position === 0 ? 0 : records.readUInt32LE(at - width);
      const encoding = records[at + IS_ASCII_AT] === 1 ? 'latin1' : 'utf8';
      const text = records.toString(encoding, textsAt + start, textsAt + records.readUInt32LE(at));
      const row: Row = { records, text, textAt: 0 };
      const decoded: Record<string, unknown> = {};
      for (const field of fields) decoded[field.name] = field.column.read(row, at + field.at);
      return decoded as T;
    },
    ids(records) {
      const row: Row = { records, text: '', textAt: 0 };
      const idAt = HEAD + (fields.find(({ name }) => name === 'id')?.at ?? 0);
      return Array.from({ length: records.readUInt32LE() }, (_, position) =>
        columns.id.read(row, idAt + position * width),
      );
    },
  };

  return {
    list: {
      toBytes,
      // A copy: the bytes are a part of a reply of Redis, all of which they would keep.
      fromBytes: (bytes) => new RowList(Buffer.from(bytes), lengthOf(bytes), reader),
    },
    one: {
      toBytes: (row) => toBytes(row === null ? [] : [row]),
      fromBytes: (bytes) => (lengthOf(bytes) === 0 ? null : reader.rowAt(bytes, 0)),
    },
  };

  function toBytes(rows: List<T>): Buffer {
    if (rows instanceof RowList) return rows.bytes;
    const records = Buffer.alloc(HEAD + rows.length * width);
    records.writeUInt32LE(rows.length);
    let at = HEAD;
    let texts = '';
    let textEnd = 0;
    for (const each of rows as Iterable<Record<string, unknown>>) {
      const row: Row = { records, text: '', textAt: 0 };
      for (const field of fields) field.column.write(each[field.name], row, at + field.at);
      const textBytes = Buffer.byteLength(row.text);
      textEnd += textBytes;
      texts += row.text;
      records.writeUInt32LE(textEnd, at);
      records.writeUInt8(Number(textBytes === row.text.length), at + IS_ASCII_AT);
      at += width;
    }
    return Buffer.concat([records, Buffer.from(texts)]);
  }

  /** The number of rows. Throws for bytes of another length than their rows have. */
  function lengthOf(bytes: Buffer): number {
    const length = bytes.readUInt32LE();
    const textsAt = HEAD + length * width;
    const textBytes = length === 0 ? 0 : bytes.readUInt32LE(textsAt - width);
    if (textsAt + textBytes !== bytes.length) throw new TypeError('not the length of the rows');
    return length;
  }
}

/** A list that keeps its rows as bytes, and decodes a row once. */
class RowList<T> extends LazyList<T> {
  readonly bytes: Buffer;
  readonly ids: () => readonly number[];

  constructor(bytes: Buffer, length: number, { rowAt, ids }: RowReader<T>) {
    let rows: T[] | undefined;
    super(length, (position) => {
      rows ??= new Array(length);
      const row = rows[position] ?? rowAt(bytes, position);
      rows[position] = row;
      return row;
    });
    this.bytes = bytes;
    this.ids = () => ids(bytes);
  }
}

interface RowReader<T> {
  rowAt(bytes: Buffer, position: number): T;
  ids(bytes: Buffer): readonly number[];
}

/** The ids of a list, without decoding its rows. */
export function idsOf(list: List<{ readonly id: number }>): readonly number[] {
  return list instanceof RowList ? list.ids() : Array.from(list, ({ id }) => id);
}
