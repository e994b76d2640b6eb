import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { GpuReading, GpuSource } from './gpu-source.js';
import { KeptFile } from './kept-file.js';
import { wholeNumber } from './proc-text.js';

/** The files of one card; those that it does not have read as unknown. */
interface AmdCard {
  readonly name: string | null;
  /** Its memory is a part of the main memory that the firmware has set aside. */
  readonly isIntegrated: boolean;
  readonly files: Readonly<Record<AmdFile, KeptFile>>;
}

const amdFiles = {
  runtimeStatus: 'power/runtime_status',
  vramTotal: 'mem_info_vram_total',
  vramUsed: 'mem_info_vram_used',
  gttTotal: 'mem_info_gtt_total',
  gttUsed: 'mem_info_gtt_used',
  busyPercent: 'gpu_busy_percent',
} as const;
const sensorFiles = {
  temperature: 'temp1_input',
  powerAverage: 'power1_average',
  powerInput: 'power1_input',
} as const;
type AmdFile = keyof typeof amdFiles | keyof typeof sensorFiles;

/** AMD cards by what their driver says in /sys/class/drm; found once. */
export class AmdGpus implements GpuSource {
  readonly #cards: readonly AmdCard[];

  /** @param sysRoot default `/sys` */
  constructor(sysRoot = '/sys') {
    const folder = path.join(sysRoot, 'class', 'drm');
    this.#cards = listFolder(folder)
      // Connectors are called card0-HDMI-A-1.
      .filter((name) => /^card\d{1,3}$/.test(name))
      .sort((a, b) => Number(a.slice(4)) - Number(b.slice(4)))
      .flatMap((name) => openCard(path.join(folder, name, 'device')));
  }

  read(): readonly GpuReading[] {
    return this.#cards.map(readCard);
  }

  async close(): Promise<void> {
    for (const { files } of this.#cards) closeFiles(files);
  }
}

function openCard(device: string): AmdCard[] {
  const sensors = path.join(device, 'hwmon');
  const sensor = path.join(sensors, listFolder(sensors).find((name) => name.startsWith('hwmon')) ?? 'hwmon0');
  const open = (folder: string, file: string): KeptFile => new KeptFile(path.join(folder, file), 64);
  const files = {
    runtimeStatus: open(device, amdFiles.runtimeStatus),
    vramTotal: open(device, amdFiles.vramTotal),
    vramUsed: open(device, amdFiles.vramUsed),
    gttTotal: open(device, amdFiles.gttTotal),
    gttUsed: open(device, amdFiles.gttUsed),
    busyPercent: open(device, amdFiles.busyPercent),
    temperature: open(sensor, sensorFiles.temperature),
    powerAverage: open(sensor, sensorFiles.powerAverage),
    powerInput: open(sensor, sensorFiles.powerInput),
  };
  if (files.vramTotal.read() === null) {
    closeFiles(files);
    return [];
  }
  return [{ name: readName(device), isIntegrated: isIntegrated(device), files }];
}

function readCard({ name, isIntegrated, files }: AmdCard): GpuReading {
  // Asking a card that sleeps for its load would wake it.
  const isAsleep = files.runtimeStatus.read()?.trim() === 'suspended';
  const number = (file: AmdFile): number | null => (isAsleep ? null : wholeNumber(files[file].read()));
  const busyPercent = number('busyPercent');
  const milliC = number('temperature');
  const microW = number('powerAverage') ?? number('powerInput');
  return {
    name,
    vramUsed: isIntegrated ? added(number('vramUsed'), number('gttUsed')) : number('vramUsed'),
    vramTotal: isIntegrated ? added(number('vramTotal'), number('gttTotal')) : number('vramTotal'),
    utilizationPercent: busyPercent !== null && busyPercent <= 100 ? busyPercent : null,
    temperatureC: milliC === null ? null : milliC / 1000,
    powerW: microW === null ? null : microW / 1e6,
    isUnified: false,
  };
}

/** Models on an integrated card live in the main memory that it may map (GTT), beside its own small part. */
function added(own: number | null, mapped: number | null): number | null {
  return own === null || mapped === null ? (own ?? mapped) : own + mapped;
}

/** By the format of its table of metrics: 1.x is that of cards, 2.x and 3.x are those of integrated ones. */
function isIntegrated(device: string): boolean {
  try {
    const revision = readFileSync(path.join(device, 'gpu_metrics'))[2];
    return revision === 2 || revision === 3;
  } catch {
    return false;
  }
}

function readName(device: string): string | null {
  const file = new KeptFile(path.join(device, 'product_name'), 128);
  const name = file.read()?.trim();
  file.close();
  return name === undefined || name === '' ? null : name;
}

function closeFiles(files: AmdCard['files']): void {
  for (const file of Object.values(files)) file.close();
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
