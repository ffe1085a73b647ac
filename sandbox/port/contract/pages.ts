import type { Route } from './contract.ts';

// Port's OpenAPI document lacks the writing of pages, which is in beta. These schemas follow what Port publishes of
// it elsewhere (https://docs.port.io/api-reference/pages, the Terraform provider's port_page), read strictly.

const text = { type: 'string' };
const identifier = { type: 'string', minLength: 1 };
const dataset = {
  type: 'object',
  required: ['combinator', 'rules'],
  additionalProperties: false,
  properties: { combinator: { enum: ['and', 'or'] }, rules: { type: 'array', items: { type: 'object' } } },
};
/** A property by kind (`property#name`), or a meta property. */
const propertyReference = {
  type: 'string',
  pattern:
    '^((mirror-|calculation-|aggregation-)?property#.+|relation#.+|scorecard(-rule)?#.+|\\$(identifier|title|team))$',
};
const shown = { id: identifier, title: identifier, icon: text, description: text, emptyStateText: text };

function widget(type: string, required: readonly string[], properties: Record<string, unknown>): object {
  return {
    type: 'object',
    required: ['id', 'type', ...required],
    additionalProperties: false,
    properties: { ...shown, type: { const: type }, ...properties },
  };
}

const aggregation = {
  enum: ['sum', 'average', 'min', 'max', 'median', 'count'],
};
const numberChart = {
  ...widget('entities-number-chart', ['title', 'blueprint', 'unit', 'chartType'], {
    blueprint: identifier,
    chartType: { enum: ['displaySingleProperty', 'countEntities', 'aggregateByProperty'] },
    calculationBy: { enum: ['entities', 'property'] },
    func: aggregation,
    averageOf: { enum: ['hour', 'day', 'week', 'month', 'total'] },
    measureTimeBy: text,
    property: text,
    entity: text,
    unit: { enum: ['none', '$', '€', '£', '%', 'custom'] },
    unitCustom: text,
    unitAlignment: { enum: ['left', 'right', 'bottom'] },
    displayFormatting: { enum: ['none', 'round', 'custom'] },
    decimalPlaces: { type: 'integer' },
    conditionalFormatting: { type: 'array', items: { type: 'object' } },
    dataset,
  }),
  allOf: [
    needs(['chartType', 'countEntities'], ['dataset', 'func']),
    needs(['chartType', 'aggregateByProperty'], ['dataset', 'func', 'calculationBy']),
    needs(['calculationBy', 'property'], ['property']),
    needs(['func', 'average'], ['averageOf']),
    needs(['unit', 'custom'], ['unitCustom']),
  ],
};

/** What is required too where a member has this value: it has another one, or the others are there. */
function needs([name, value]: readonly [string, string], required: readonly string[]): object {
  return { anyOf: [{ not: { required: [name], properties: { [name]: { const: value } } } }, { required }] };
}

const chart = { blueprint: identifier, property: propertyReference, dataset };
const widgets = {
  anyOf: [
    widget('table-entities-explorer', ['title', 'blueprint', 'dataset', 'displayMode'], {
      blueprint: identifier,
      dataset,
      displayMode: { const: 'widget' },
      excludedFields: { type: 'array', items: text },
      blueprintConfig: { type: 'object', additionalProperties: { type: 'object' } },
    }),
    numberChart,
    widget('entities-pie-chart', ['title', 'blueprint', 'property', 'dataset'], chart),
    widget('bar-chart', ['blueprint', 'property', 'dataset'], chart),
    widget('markdown', ['title', 'markdown'], { markdown: text, source: { const: 'custom' } }),
    widget('action-card-widget', ['title', 'actions'], {
      actions: {
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          required: ['action'],
          additionalProperties: false,
          properties: { action: identifier },
        },
      },
    }),
    widget('action-runs-table-widget', ['title', 'action'], {
      action: identifier,
      tableConfig: { type: 'object' },
    }),
  ],
};

const row = {
  type: 'object',
  required: ['height', 'columns'],
  additionalProperties: false,
  properties: {
    height: { type: 'number', minimum: 400 },
    columns: {
      type: 'array',
      minItems: 1,
      maxItems: 4,
      items: {
        type: 'object',
        required: ['id', 'size'],
        additionalProperties: false,
        properties: { id: identifier, size: { type: 'integer', minimum: 3, maximum: 12 } },
      },
    },
  },
};

const dashboard = {
  type: 'object',
  required: ['type', 'layout', 'widgets'],
  additionalProperties: false,
  properties: {
    id: identifier,
    type: { const: 'dashboard-widget' },
    layout: { type: 'array', items: row },
    widgets: { type: 'array', items: widgets },
  },
};

const properties = {
  identifier,
  title: identifier,
  type: { const: 'dashboard' },
  icon: text,
  description: text,
  visibility: { enum: ['org', 'private'] },
  parent: { type: ['string', 'null'] },
  after: { type: ['string', 'null'] },
  showInSidebar: { type: 'boolean' },
  widgets: { type: 'array', minItems: 1, maxItems: 1, items: dashboard },
};

export const pageRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/pages',
    scopes: ['create:pages'],
    query: [],
    body: {
      type: 'object',
      required: ['identifier', 'title', 'type'],
      additionalProperties: false,
      properties,
    },
  },
  {
    method: 'PATCH',
    path: '/v1/pages/{identifier}',
    scopes: ['update:pages'],
    query: [],
    body: { type: 'object', additionalProperties: false, properties },
  },
];
