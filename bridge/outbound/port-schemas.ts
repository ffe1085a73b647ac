import { z } from 'zod';

/** A portal entity as it is written; `null` clears a property. */
export type Entity = {
  readonly identifier: string;
  readonly title: string;
  readonly properties: Readonly<Record<string, string | boolean | null>>;
  readonly relations?: Readonly<Record<string, string>>;
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
  source: z.unknown().optional(),
  createdAt: z.string().nullish(),
  /** What the portal sent for it, and where. */
  payload: z
    .looseObject({
      type: z.string().optional().catch(undefined),
      url: z.string().optional().catch(undefined),
      body: z.unknown().optional(),
    })
    .nullish()
    .catch(undefined),
});

/** A run of a portal action. `createdBy` and `impersonatedBy` are user ids, never e-mails. */
export type Run = z.output<typeof runSchema>;

/** An action or an automation of the portal: what sets it off, and what it calls. */
const definitionSchema = z.looseObject({
  identifier: z.string(),
  publish: z.boolean().nullish(),
  trigger: z.looseObject({
    event: z
      .looseObject({ blueprintIdentifier: z.string().optional(), actionIdentifier: z.string().optional() })
      .optional(),
  }),
  invocationMethod: z.looseObject({ url: z.string().optional().catch(undefined) }),
});
export type Definition = z.output<typeof definitionSchema>;

export const definitionsAnswer = z.object({ actions: z.array(definitionSchema) });

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
  relations: z.record(z.string(), z.unknown()).nullish(),
});

/** An entity as the portal shows it. */
export type ShownEntity = z.output<typeof shownEntity>;

export const searchAnswer = z.object({ entities: z.array(shownEntity), next: z.string().nullish() });
