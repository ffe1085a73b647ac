import { parseEnv } from 'node:util';

type Environment = Readonly<Record<string, string | undefined>>;

/** The settings: the environment over what `.env` beside the code says, as `npm start` has it. */
export function environmentOver(
  env: Environment,
  root: string,
  readFile: (path: string) => string,
): Environment {
  return { ...dotEnv(`${root}/.env`, readFile), ...env };
}

function dotEnv(path: string, readFile: (path: string) => string): Environment {
  try {
    return parseEnv(readFile(path));
  } catch {
    return {};
  }
}
