type Settings = Readonly<Record<string, string | undefined>>;

/** The values of the settings that are secret. A class, so that neither JSON nor a log ever shows them. */
export class SecretValues {
  readonly #values: readonly string[];

  constructor(values: readonly string[]) {
    this.#values = values;
  }

  reveal(): readonly string[] {
    return this.#values;
  }
}

/** Every secret among the raw settings, in each form in which it is used: `user:password`, and the password alone. */
export function secretsOf(settings: Settings): SecretValues {
  const one = (name: string): string => settings[name] ?? '';
  const many = (name: string): string[] =>
    one(name)
      .split(',')
      .map((part) => part.trim());
  const basic = Buffer.from(one('SERVICENOW_API_TOKEN'), 'base64').toString('utf8');
  const values = [
    one('SERVICENOW_API_TOKEN'),
    basic,
    after(basic, 1),
    one('SERVICENOW_CLIENT_SECRET'),
    one('PORT_CLIENT_SECRET'),
    one('GITLAB_TRIGGER_TOKEN'),
    one('GITLAB_API_TOKEN'),
    ...[...many('SERVICENOW_WEBHOOK_SECRETS'), ...many('GITLAB_WEBHOOK_SECRETS')].flatMap((secret) => [
      secret,
      secret.replace(/^whsec_/, ''),
    ]),
    ...[...many('GITLAB_TRIGGER_TOKENS'), ...many('PIPELINE_TOKENS')].map((text) => after(text, 1)),
    ...many('AUDIT_KEY'),
    ...many('OPERATOR_TOKENS').map((text) => after(text, 2)),
  ];
  return new SecretValues([...new Set(values)].filter((value) => value !== ''));
}

/** What stands after so many colons; the rest may hold colons itself. */
function after(text: string, colons: number): string {
  return text.split(':').slice(colons).join(':');
}
