import { CorralError, type JobListQuery, type JobStatus, jobStatuses } from '@corral/core';

/** The parameters of a request: each one with everything that was given for it. */
export type AskedQuery = Readonly<Record<string, readonly string[]>>;

/** What `GET /api/jobs` asks for. @throws CorralError `invalid_argument` */
export function listQuery(asked: AskedQuery): JobListQuery {
  only(asked, ['status', 'limit', 'cursor']);
  const status = asked['status']?.flatMap((list) => list.split(','));
  if (status && !status.every(isStatus)) throw wrong('status', `some of ${jobStatuses.join(', ')}`);
  const limit = wholeNumber(asked, 'limit', { least: 1, most: 200 });
  const cursor = one(asked, 'cursor');
  if (cursor !== undefined && !/^[\x21-\x7e]{1,512}$/.test(cursor)) throw wrong('cursor', 'a `nextCursor`');
  return {
    ...(status && { status: [...new Set(status)] }),
    ...(limit !== undefined && { limit }),
    ...(cursor !== undefined && { cursor }),
  };
}

/** Whether `POST /api/jobs` is only to check. Anything unclear is refused: it might spend money. @throws CorralError `invalid_argument` */
export function isDryRun(asked: AskedQuery): boolean {
  only(asked, ['dryRun']);
  const dryRun = one(asked, 'dryRun');
  if (dryRun === undefined) return false;
  if (!['1', 'true', '0', 'false'].includes(dryRun)) throw wrong('dryRun', '1 or 0');
  return dryRun === '1' || dryRun === 'true';
}

/** How many tasks `GET /api/jobs/:id` leaves out. @throws CorralError `invalid_argument` */
export function tasksFrom(asked: AskedQuery): number {
  only(asked, ['tasksFrom']);
  return wholeNumber(asked, 'tasksFrom', { least: 0, most: 1_000_000 }) ?? 0;
}

/**
 * The number after which `GET /api/jobs/:id/stream` begins: that of the header, which a browser sends when it comes back,
 * or that of the address. `null` for a header that is none of ours.
 * @throws CorralError `invalid_argument`
 */
export function streamPlace(asked: AskedQuery, lastEventId: string | undefined): number | null {
  only(asked, ['after']);
  const after = wholeNumber(asked, 'after', { least: 0, most: Number.MAX_SAFE_INTEGER }) ?? 0;
  if (lastEventId === undefined || lastEventId === '') return after;
  return /^[0-9]{1,15}$/.test(lastEventId) ? Number(lastEventId) : null;
}

function wholeNumber(
  asked: AskedQuery,
  name: string,
  { least, most }: { readonly least: number; readonly most: number },
): number | undefined {
  const text = one(asked, name);
  if (text === undefined) return undefined;
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw wrong(name, `a whole number from ${least} to ${most}`);
}

function one(asked: AskedQuery, name: string): string | undefined {
  const [value, ...more] = asked[name] ?? [];
  if (more.length > 0) throw wrong(name, 'there once');
  return value;
}

function only(asked: AskedQuery, names: readonly string[]): void {
  const other = Object.keys(asked).find((name) => !names.includes(name));
  if (other === undefined) return;
  const message = `Expected no parameters but ${names.map((name) => `\`${name}\``).join(', ')}`;
  throw new CorralError('invalid_argument', message, { details: { argument: other.slice(0, 64) } });
}

function wrong(name: string, expected: string): CorralError {
  return new CorralError('invalid_argument', `Expected \`${name}\` to be ${expected}`, {
    details: { argument: name },
  });
}

function isStatus(text: string): text is JobStatus {
  return (jobStatuses as readonly string[]).includes(text);
}
