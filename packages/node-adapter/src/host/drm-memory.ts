import { readdir, readFile, readlink } from 'node:fs/promises';

/** Memory on one graphics card that one client of its driver holds. */
export interface DrmClient {
  /** Driver device and client: descriptors that share it show the same memory. */
  readonly key: string;
  /** Resident bytes on the card; `null` when the driver does not tell. */
  readonly vramBytes: number | null;
}

const unitBytes: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** What a driver may call its total, best first: what is resident beats what was asked for. */
const kinds = ['resident', 'memory', 'total'] as const;

/**
 * Reads the text of /proc/<pid>/fdinfo/<fd>; `null` when the descriptor is not one of a graphics driver. Memory on the
 * card is `vram…` (AMD, Intel xe) or `local…` (Intel i915); `gtt` and `system` are main memory. Source of the keys: the
 * kernel's "DRM client usage stats".
 */
export function parseDrmFdinfo(text: string): DrmClient | null {
  const fields = new Map(
    Array.from(text.matchAll(/^(drm-[\w-]+):[ \t]*(.*?)[ \t]*$/gm), ([, key = '', value = '']) => [
      key,
      value,
    ]),
  );
  const client = fields.get('drm-client-id');
  if (client === undefined) return null;
  const regions = new Map<string, number>();
  for (const kind of kinds) {
    for (const [key, value] of fields) {
      const region = new RegExp(`^drm-${kind}-((?:vram|local)\\d*)$`).exec(key)?.[1];
      const bytes = region === undefined || regions.has(region) ? null : bytesOf(value);
      if (region !== undefined && bytes !== null) regions.set(region, bytes);
    }
  }
  let vramBytes: number | null = null;
  for (const bytes of regions.values()) vramBytes = (vramBytes ?? 0) + bytes;
  return { key: `${fields.get('drm-pdev') ?? fields.get('drm-driver') ?? ''} ${client}`, vramBytes };
}

/**
 * Memory on graphics cards of a process by its open DRM descriptors, each client counted once. 0 when it has none open;
 * `null` when it may not be looked into, or when a driver does not tell.
 */
export async function readDrmMemory(pid: number, proc = '/proc'): Promise<number | null> {
  try {
    const descriptors = await readdir(`${proc}/${pid}/fd`);
    const ofCards = await Promise.all(descriptors.map((fd) => isDrmDevice(`${proc}/${pid}/fd/${fd}`)));
    const clients = new Map<string, number | null>();
    for (const [i, fd] of descriptors.entries()) {
      if (!ofCards[i]) continue;
      const client = parseDrmFdinfo(await readFile(`${proc}/${pid}/fdinfo/${fd}`, 'utf8'));
      if (client) clients.set(client.key, client.vramBytes);
    }
    return sumOrUnknown(clients.values());
  } catch {
    return null;
  }
}

/** A descriptor may be closed between the listing and the look. */
async function isDrmDevice(link: string): Promise<boolean> {
  return (await readlink(link).catch(() => '')).startsWith('/dev/dri/');
}

/** The sum of what is known; unknown when there is something and nothing of it is known. */
function sumOrUnknown(values: Iterable<number | null>): number | null {
  let total: number | null = null;
  let isEmpty = true;
  for (const value of values) {
    isEmpty = false;
    if (value !== null) total = (total ?? 0) + value;
  }
  return isEmpty ? 0 : total;
}

function bytesOf(value: string): number | null {
  const [, digits, unit = ''] = /^(\d+)(?: (\w+))?$/.exec(value) ?? [];
  const factor = Object.hasOwn(unitBytes, unit) ? unitBytes[unit] : undefined;
  const bytes = factor === undefined || digits === undefined ? Number.NaN : Number(digits) * factor;
  return Number.isSafeInteger(bytes) ? bytes : null;
}
