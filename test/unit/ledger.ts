import { randomUUID } from 'node:crypto';
import { inject, onTestFinished } from 'vitest';
import { createLedger, type Ledger } from '../../bridge/ledger/ledger.ts';
import type { ChangeRecord } from '../../bridge/model/change.ts';
import { type Connection, connectFast } from '../../queue/connection.ts';

/** A ledger of one test in the run's private Redis, with the connection to look at its keys. */
export async function ledgerForTest(): Promise<{ ledger: Ledger; redis: Connection; prefix: string }> {
  const redis = await connectFast(inject('redisUrl'), 5_000);
  onTestFinished(() => redis.disconnect());
  const prefix = `u-${randomUUID()}`;
  return { ledger: createLedger(redis, prefix), redis, prefix };
}

/** A fresh sys_id. */
export function newSysId(): string {
  return randomUUID().replaceAll('-', '');
}

/** One version of a change. */
export function version(
  sysId: string,
  number: number,
  fields: Readonly<Record<string, string>> = {},
): ChangeRecord {
  const told = { sys_id: sysId, sys_mod_count: String(number), ...fields };
  return { sysId, version: number, fields: told };
}
