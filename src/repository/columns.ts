import { MAX_INSTANT_MS, MIN_INSTANT_MS } from '../domain/instant.ts';

/** A row of a list at rest: a record of fixed width, and a text that its columns share. */
export interface Row {
  /** The records of all rows. */
  readonly records: Buffer;
  text: string;
  /** Where the text of the next column begins, while the row is read. */
  textAt: number;
}

/** A field of a row. Any bytes are a valid value, so that no row can fail when it is read. */
export interface Column<V> {
  /** The number of bytes in the record. */
  readonly width: number;
  /** `at` is the position of the field in the records. */
  write(value: V, row: Row, at: number): void;
  read(row: Row, at: number): V;
}

export const int32: Column<number> = {
  width: 4,
  write: (value, { records }, at) => void records.writeInt32LE(value, at),
  read: ({ records }, at) => records.readInt32LE(at),
};

export const int32OrNull: Column<number | null> = {
  width: 8,
  write: (value, { records }, at) => void records.writeDoubleLE(value ?? Number.NaN, at),
  read({ records }, at) {
    const value = records.readDoubleLE(at);
    return (value | 0) === value ? value : null;
  },
};

/** Milliseconds since the epoch. */
export const instantOrNull: Column<Date | null> = {
  width: 8,
  write: (value, { records }, at) => void records.writeDoubleLE(value?.getTime() ?? Number.NaN, at),
  read({ records }, at) {
    const ms = records.readDoubleLE(at);
    return ms >= MIN_INSTANT_MS && ms <= MAX_INSTANT_MS ? new Date(ms) : null;
  },
};

export const bitOrNull: Column<boolean | null> = {
  width: 1,
  write: (value, { records }, at) => void records.writeUInt8(value === null ? 2 : Number(value), at),
  read({ records }, at) {
    const bit = records[at];
    return bit === 0 ? false : bit === 1 ? true : null;
  },
};

const NO_TEXT = 0xffff_ffff;

/** Its length is in the record, in UTF-16 code units. */
export const textOrNull: Column<string | null> = {
  width: 4,
  write(value, row, at) {
    row.text += value ?? '';
    row.records.writeUInt32LE(value?.length ?? NO_TEXT, at);
  },
  read(row, at) {
    const length = row.records.readUInt32LE(at);
    if (length === NO_TEXT) return null;
    const startsAt = row.textAt;
    row.textAt += length;
    return row.text.slice(startsAt, row.textAt).toWellFormed();
  },
};

/** Stored as text: a row rarely has more than one. */
export const int32s: Column<readonly number[]> = {
  width: textOrNull.width,
  write: (value, row, at) => textOrNull.write(value.join(), row, at),
  read(row, at) {
    const text = textOrNull.read(row, at);
    return text ? text.split(',').map((each) => Number(each) | 0) : [];
  },
};
