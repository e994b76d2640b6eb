/** Names under which clouds serve credentials of the machine. They are refused before anyone resolves them. */
const metadataNames: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'metadata.azure.internal',
  'metadata.tencentyun.com',
  'metadata.packet.net',
  'metadata.platformequinix.com',
  'instance-data',
  'instance-data.ec2.internal',
  'rancher-metadata',
]);

/** Whether a canonical name (lower case, no dot at its end) is one of a metadata service. */
export function isMetadataName(name: string): boolean {
  return metadataNames.has(name);
}
