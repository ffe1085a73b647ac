import type { Definition, Json } from './definition.ts';

/** A value that is not as it should be; undefined stands for none. */
export type Difference = {
  /** Members joined by dots. */
  readonly path: string;
  readonly from: Json | undefined;
  readonly to: Json | undefined;
};

/** Where what Port has beyond ours is none of our business: by the path's own members. */
export type Openness = (path: readonly string[]) => boolean;

/**
 * Where `actual` is not as `wanted`. What is empty, false or left out is all the same to Port. The order counts in
 * lists of objects, not in lists of words.
 */
export function differences(
  wanted: Definition,
  actual: Definition,
  isOpen: Openness,
  path: readonly string[] = [],
): Difference[] {
  const open = isOpen(path);
  const names = new Set([...Object.keys(wanted), ...(open ? [] : Object.keys(actual))]);
  return [...names].flatMap((name) => {
    const to = wanted[name];
    if (open && isNothing(to) && typeof to !== 'boolean') return [];
    return between(to, actual[name], isOpen, [...path, name]);
  });
}

function between(
  to: Json | undefined,
  from: Json | undefined,
  isOpen: Openness,
  path: readonly string[],
): Difference[] {
  if (isNothing(to) && isNothing(from)) return [];
  if (isObject(to) && isObject(from)) return differences(to, from, isOpen, path);
  if (Array.isArray(to) && Array.isArray(from) && to.length === from.length && to.every(isObject)) {
    return to.flatMap((each, at) => between(each, from[at], isOpen, [...path, String(at)]));
  }
  return comparable(to) === comparable(from) ? [] : [{ path: path.join('.'), from, to }];
}

function isNothing(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.values(value).every(isNothing);
}

function isObject(value: Json | undefined): value is Definition {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function comparable(value: Json | undefined): string {
  const words = Array.isArray(value) && value.every((each) => typeof each === 'string');
  return JSON.stringify(words ? value.toSorted() : value);
}
