import type * as sqlite from 'node:sqlite';

/**
 * `node:sqlite`, without the warning that it is experimental: Node 22, and Node 24 before 24.15, print it at the first
 * load, and whoever runs a server can do nothing about it. Only this one warning is dropped, and only during the load;
 * that is why it is loaded here and imported nowhere.
 */
export function loadSqlite(): typeof sqlite {
  const emitWarning = Reflect.get(process, 'emitWarning') as (...words: unknown[]) => void;
  const quieter = (...words: unknown[]): void => {
    const [warning, type] = words;
    if (type === 'ExperimentalWarning' && String(warning).startsWith('SQLite')) return;
    Reflect.apply(emitWarning, process, words);
  };
  Reflect.set(process, 'emitWarning', quieter);
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    Reflect.set(process, 'emitWarning', emitWarning);
  }
}
