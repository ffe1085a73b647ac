import { stockDictionary } from './base-tables.ts';
import { Records } from './records.ts';
import type { Row } from './row.ts';
import { Store, newSysId } from './store.ts';
import { toPlatformTime } from './time.ts';
import { type ApprovalProcess, approvalRules } from './approvals.ts';
import { changeRules } from './change-rules.ts';
import { taskRules } from './change-tasks.ts';
import { Attachments } from './attachments.ts';
import { Properties } from './properties.ts';
import { Renderer } from '../api/render.ts';
import { AccessControl } from './acl.ts';
import { type User, Users } from './users.ts';

/** How serious a log entry is, in the platform's words. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The data of one instance with its rules, before any app is installed. */
export class Instance {
  readonly store: Store;
  readonly records: Records;
  readonly properties: Properties;
  readonly access: AccessControl;
  readonly renderer: Renderer;
  readonly users: Users;
  readonly attachments: Attachments;
  readonly clock: () => number;

  constructor(clock: () => number, process: ApprovalProcess) {
    this.clock = clock;
    this.store = new Store(stockDictionary());
    this.records = new Records(this.store, clock);
    this.properties = new Properties(this.records);
    this.records.addRule(changeRules(this.store, clock));
    this.records.addRule(taskRules(this.records));
    this.records.addRule(approvalRules(this.records, process));
    this.access = new AccessControl(this.store);
    this.renderer = new Renderer(this.store, this.access);
    this.users = new Users(this.records);
    this.attachments = new Attachments(this.records);
  }

  /** Writes to the system log (`syslog`). */
  log(level: LogLevel, source: string, message: string): void {
    const now = toPlatformTime(this.clock());
    this.store.put('syslog', {
      sys_id: newSysId(),
      sys_class_name: 'syslog',
      level,
      source,
      message,
      sys_created_on: now,
      sys_updated_on: now,
      sys_created_by: 'system',
      sys_updated_by: 'system',
      sys_mod_count: '0',
    });
  }

  /** Records an approver's decision on one approval row. */
  decide(user: User, approvalId: string, state: 'approved' | 'rejected', comments: string): Row | undefined {
    return this.records.update('sysapproval_approver', approvalId, { state, comments }, user);
  }
}
