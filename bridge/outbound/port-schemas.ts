import { z } from 'zod';

/** A portal entity as it is written; `null` clears a property. */
export type Entity = {
  readonly identifier: string;
  readonly title: string;
  readonly properties: Readonly<Record<string, string | boolean | null>>;
};

/** An entity of another blueprint than the change's, with its relations. */
export type RelatedEntity = Entity & { readonly relations: Readonly<Record<string, string>> };

export const blueprintAnswer = z.object({
  blueprint: z.looseObject({
    schema: z.looseObject({ properties: z.record(z.string(), z.unknown()).default({}) }),
    relations: z.record(z.string(), z.unknown()).default({}),
  }),
});

/** Both of the portal's forms: an object with an identifier, or (older) the identifier alone. */
const reference = z.union([
  z.string(),
  z.looseObject({ identifier: z.string() }).transform((object) => object.identifier),
]);
export const runSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  action: reference,
  entity: reference.nullish(),
  properties: z.record(z.string(), z.unknown()).default({}),
  createdBy: z.string().nullish(),
  impersonatedBy: z.string().nullish(),
});

/** A run of a portal action. `createdBy` and `impersonatedBy` are user ids, never e-mails. */
export type Run = z.output<typeof runSchema>;

export const tokenAnswer = z.object({ accessToken: z.string().min(1), expiresIn: z.number() });

export const bulkAnswer = z.object({
  errors: z
    .array(
      z.looseObject({
        index: z.number(),
        statusCode: z.number().default(422),
        error: z.string().default(''),
        message: z.string().default(''),
      }),
    )
    .default([]),
});

export const refusalAnswer = z.object({ error: z.string().default(''), message: z.string().default('') });

const shownEntity = z.looseObject({
  identifier: z.string(),
  title: z.string().nullish(),
  properties: z.record(z.string(), z.unknown()).default({}),
});

/** An entity as the portal shows it. */
export type ShownEntity = z.output<typeof shownEntity>;

export const searchAnswer = z.object({ entities: z.array(shownEntity), next: z.string().nullish() });
