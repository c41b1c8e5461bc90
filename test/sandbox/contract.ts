import { z } from 'zod';

// Strict, for whatever the sandbox sends beyond the contract is to be on purpose: `displayId` is undeclared there too.

const nullableText = z.string().nullable();
const localTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?$/)
  .nullable()
  .optional();

const seller = {
  id: z.int32().positive(),
  name: nullableText,
  customerDisplayId: z.int32(),
  isActive: z.boolean(),
  displayId: z.null(),
};

const catalog = {
  id: z.int32().positive(),
  customerCatalogId: nullableText,
  agent: nullableText,
  title: nullableText,
  startDate: localTime,
  endDate: localTime,
  isCompleted: z.boolean(),
};

export const sellerExpanded = z.strictObject({ ...seller, catalogs: z.array(z.strictObject(catalog)) });

export const catalogExpanded = z.strictObject({
  ...catalog,
  sellers: z.array(z.strictObject(seller)).min(1),
  lots: z.array(z.strictObject({ id: z.int32().positive(), lotNumber: nullableText })),
});

function page<T extends z.ZodType>(item: T) {
  return z.strictObject({
    items: z.array(item),
    pageNumber: z.int32(),
    totalPages: z.int32(),
    totalItems: z.int32(),
    hasPreviousPage: z.boolean(),
    hasNextPage: z.boolean(),
  });
}

export const sellerPage = page(sellerExpanded);
export const catalogPage = page(catalogExpanded);

export type SellerPage = z.output<typeof sellerPage>;
export type CatalogPage = z.output<typeof catalogPage>;
