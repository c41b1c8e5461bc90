/** A value that is there, or a promise of it. */
export type MaybePromise<T> = T | Promise<T>;

/** Applies `next` to the value: at once if it is there, else when its promise resolves. */
export function after<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
