import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cpus, hostname, networkInterfaces, release } from 'node:os';

/** What a host is called and where it is. */
export interface HostDescription {
  /** The same after every restart: host name and a hash, `gpu-box-1a2b3c4d5e6f`. */
  readonly hostId: string;
  readonly name: string;
  /** System and processor, for people: `Linux 6.1, 16 × AMD …`. */
  readonly system: string;
  /** IP addresses at which others reach it. */
  readonly addresses: readonly string[];
}

/** What a {@link HostDescription} is made of; everything has a default. */
export interface HostIdentityOptions {
  /** Default: `/etc/machine-id`. */
  readonly machineIdFile?: string;
  readonly hostname?: string;
  readonly platform?: NodeJS.Platform;
  /** The system's release, `6.1.0-18-amd64`. */
  readonly release?: string;
  /** Model names of the processors, one each. */
  readonly processors?: readonly string[];
  readonly interfaces?: () => NodeJS.Dict<readonly NetworkAddress[]>;
}

/** An address of an interface, as the system lists it. */
export interface NetworkAddress {
  readonly address: string;
  readonly internal: boolean;
}

const systemNames: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'Linux',
  darwin: 'macOS, Darwin',
  win32: 'Windows',
};
const mostAddresses = 64;

/** What of the description of this machine never changes. */
export function hostIdentity(options: HostIdentityOptions = {}): Omit<HostDescription, 'addresses'> {
  const name = options.hostname ?? hostname();
  return {
    hostId: hostIdOf(name, readMachineId(options.machineIdFile ?? '/etc/machine-id')),
    name: printable(name, 64) || 'host',
    system: systemText(options),
  };
}

/** The machine's own id is a secret of the system: only a hash of it, made for this purpose, leaves the machine. */
function hostIdOf(name: string, machineId: string | null): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-|-$/g, '');
  const hash = createHash('sha256').update(`corral host ${machineId ?? name}`);
  return `${slug || 'host'}-${hash.digest('hex').slice(0, 12)}`;
}

function readMachineId(file: string): string | null {
  try {
    const text = readFileSync(file, 'latin1').trim();
    return /^[0-9a-f]{32}$/.test(text) && !/^0+$/.test(text) ? text : null;
  } catch {
    return null;
  }
}

function systemText({ platform = process.platform, ...options }: HostIdentityOptions): string {
  const version = /^\d+(?:\.\d+)?/.exec(options.release ?? release())?.[0];
  const system = [systemNames[platform] ?? platform, version].filter(Boolean).join(' ');
  const processors = options.processors ?? cpus().map(({ model }) => model);
  const model = printable(processors[0] ?? '', 80);
  if (processors.length === 0) return system;
  const isKnown = model !== '' && model !== 'unknown';
  return `${system}, ${processors.length} ${isKnown ? `× ${model}` : 'processors'}`;
}

/** The IP addresses of this machine; not loopback, and not link-local ones, which lead nowhere without the interface. */
export function hostAddresses({ interfaces = networkInterfaces }: HostIdentityOptions = {}): string[] {
  const all = Object.values(interfaces()).flatMap((list) => list ?? []);
  const reachable = all.filter(({ address, internal }) => !internal && !/^fe[89ab]/i.test(address));
  return [...new Set(reachable.map(({ address }) => address))].slice(0, mostAddresses);
}

function printable(text: string, most: number): string {
  return text
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, most);
}
