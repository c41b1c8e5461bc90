import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** What a test starts a process with in the place of its standard output or error. */
export type StandardOutput = number;

/** A directory on a disk of its own, of 64 KiB. Needs root, as CI has. */
export function smallDisk(): string {
  const directory = temporaryDirectory();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory]);
  onTestFinished(() => void execFileSync('umount', ['--lazy', directory]));
  return directory;
}

/** A pipe that a shell would make, with a reader that never reads. `leave` closes the reader. */
export function stalledPipe(): { readonly output: StandardOutput; leave(): void } {
  const path = join(temporaryDirectory(), 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const output = open(path, constants.O_WRONLY);
  let isOpen = true;
  const leave = () => {
    if (isOpen) closeSync(reader);
    isOpen = false;
  };
  onTestFinished(leave);
  return { output, leave };
}

/** Opens a file for a process to write to; closed here when the test has finished. */
export function open(path: string, flags: string | number): StandardOutput {
  const descriptor = openSync(path, flags);
  onTestFinished(() => closeSync(descriptor));
  return descriptor;
}

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'catalog-gateway-output-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
