/** What an Accept header or one of its kin names, with its weight (RFC 9110, 12.4.2). Other parameters are not looked at. */
export function weightsOf(header: string | undefined): ReadonlyMap<string, number> {
  const items = (header ?? '').toLowerCase().split(',');
  return new Map(
    items.map((item) => {
      const [name = '', ...parameters] = item.split(';').map((part) => part.trim());
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return [name, Number(weight ?? 1) || 0];
    }),
  );
}
