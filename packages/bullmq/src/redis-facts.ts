import { QueueError } from './queue-error.js';

/** The oldest Redis that will do. Valkey says it is at least this one, too. */
const oldest = { major: 7, minor: 0 };

/**
 * Looks whether a Redis will do.
 * @param info what its command `INFO` says
 * @throws QueueError `redis_too_old`, `eviction_policy`
 */
export function checkRedis(info: string): void {
  const version = fact(info, 'redis_version');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  // Also when it does not say which one it is.
  if (!(major > oldest.major || (major === oldest.major && minor >= oldest.minor)))
    throw new QueueError('redis_too_old', `Expected Redis 7.0 or later, got \`${version.slice(0, 32)}\``);
  const policy = fact(info, 'maxmemory_policy');
  if (policy !== 'noeviction')
    throw new QueueError(
      'eviction_policy',
      `Expected the \`maxmemory-policy\` of Redis to be \`noeviction\`, got \`${policy.slice(0, 32)}\``,
    );
}

function fact(info: string, name: string): string {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? 'unknown';
}
