import type { OAuthClientSeed, UserSeed } from './state/users.ts';

/** How asynchronous work is delayed: uniformly between the two, and picked at random when shuffled. */
export type AsyncDelay = { readonly minMs: number; readonly maxMs: number; readonly shuffle?: boolean };

/** How to start a stand-in. Everything is optional: the default is a small stock instance without the app. */
export type ServiceNowOptions = {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  readonly host?: string;
  /** How many changes of 3 kB are there from the start; default 0. */
  readonly changes?: number;
  /** Delays every answer of the REST APIs, in milliseconds. */
  readonly latencyMs?: number;
  /** The directory of XML that the app's build made (`servicenow-app/dist/app`); absent: no app installed. */
  readonly appDir?: string;
  /** System properties as an administrator would set them after the installation. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Epoch milliseconds; the stand-in adds what `advanceClock` moved. Default: the machine's clock. */
  readonly clock?: () => number;
  /** Replaces the default users. */
  readonly users?: readonly UserSeed[];
  readonly oauthClients?: readonly OAuthClientSeed[];
  /** The password of `changebridge.integration` among the default users. */
  readonly integrationPassword?: string;
  /** False: no flow asks for approvals. */
  readonly approvalFlow?: boolean;
  /**
   * User names: the members of the group Change Management, to which the changes of `createChange` then belong.
   * Default: `ann` and `bob`, and those changes belong to no group.
   */
  readonly approvers?: readonly string[];
  /** User names: the members of the group CAB Approval, which is then asked in Authorize. */
  readonly cab?: readonly string[];
  /** How many of a group have to approve; default `all`. */
  readonly approvalsNeeded?: 'all' | 'one';
  /** How long after the write (ms) a flow acts; default 0, within it. */
  readonly flowDelayMs?: number;
  readonly asyncDelay?: AsyncDelay;
  /** How many scheduler workers run asynchronous scripts; default 2. */
  readonly workers?: number;
  /** Makes the shuffling of asynchronous work repeatable. */
  readonly seed?: number;
  /** How often due scheduled jobs are looked for, in real milliseconds; default 1000, 0: only `advanceClock`. */
  readonly tickMs?: number;
};
