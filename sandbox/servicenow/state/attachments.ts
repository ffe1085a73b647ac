import { createHash } from 'node:crypto';
import type { Records } from './records.ts';
import { type Actor, type Row, valueOf } from './row.ts';

/** A file as it is attached to a record. */
export type NewAttachment = {
  readonly table: string;
  readonly sysId: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
};

/** The files that are attached to records; what describes each is a row of `sys_attachment`. */
export class Attachments {
  readonly #records: Records;
  readonly #contents = new Map<string, Uint8Array>();

  constructor(records: Records) {
    this.#records = records;
  }

  add({ table, sysId, fileName, contentType, bytes }: NewAttachment, actor: Actor): Row {
    const row = this.#records.insert(
      'sys_attachment',
      {
        table_name: table,
        table_sys_id: sysId,
        file_name: fileName,
        content_type: contentType,
        size_bytes: String(bytes.byteLength),
        hash: createHash('sha256').update(bytes).digest('hex'),
      },
      actor,
    );
    this.#contents.set(valueOf(row, 'sys_id'), bytes);
    return row;
  }

  content(attachmentId: string): Uint8Array | undefined {
    return this.#contents.get(attachmentId);
  }
}
