import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The directory of XML that the ServiceNow SDK made of the app. Throws when it has not been built;
 * the message says how to build it.
 */
export function builtAppDirectory(): string {
  const directory = fileURLToPath(new URL('../../../servicenow-app/dist/app', import.meta.url));
  if (!existsSync(directory)) {
    throw new Error(
      'The ServiceNow app is not built. Run "npm run build -w servicenow-app" and start again.',
    );
  }
  return directory;
}
