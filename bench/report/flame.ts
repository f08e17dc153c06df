import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/**
 * A flame graph from profiles of Node's: `node --cpu-prof …` writes one a thread, then
 * `node dist/bench/report/flame.js FILE.cpuprofile … OUT.svg` adds them up. Width is time; what stands on a box was called by it.
 * Waiting is left out.
 */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface Box {
  readonly name: string;
  readonly kind: 'ours' | 'node' | 'other';
  us: number;
  readonly inner: Map<string, Box>;
}

const WIDTH = 1_200;
const ROW = 17;
/** A box narrower than this shows nothing. */
const LEAST = 1.5;
const FILLS = { ours: '#f2b56b', node: '#b9d3ea', other: '#d9d4cc' } as const;
const WAITING = new Set(['(idle)', '(program)']);

/** The profile's calls, added to `root` by their way down from it. */
export function foldProfile({ nodes, samples, timeDeltas }: Profile, root = emptyRoot()): Box {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parentOf = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id])));
  samples.forEach((sample, i) => {
    const way: { name: string; kind: Box['kind'] }[] = [];
    for (let id: number | undefined = sample; id !== undefined; id = parentOf.get(id)) {
      const { functionName, url } = byId.get(id)!.callFrame;
      const file = url.slice(url.lastIndexOf('/') + 1).replace('.js', '');
      const kind = url.includes('/dist/src/') ? 'ours' : url.startsWith('node:') ? 'node' : 'other';
      way.unshift({ name: `${functionName || '(anonymous)'}${file ? ` ${file}` : ''}`, kind });
    }
    if (WAITING.has(way.at(-1)?.name ?? '')) return;
    let box = root;
    box.us += timeDeltas[i] ?? 0;
    for (const { name, kind } of way.slice(1)) {
      const inner: Box = box.inner.get(name) ?? { name, kind, us: 0, inner: new Map() };
      box.inner.set(name, inner);
      inner.us += timeDeltas[i] ?? 0;
      box = inner;
    }
  });
  return root;
}

const emptyRoot = (): Box => ({ name: 'all', kind: 'other', us: 0, inner: new Map() });

export function flameSvg(root: Box): string {
  const parts: string[] = [];
  let depth = 0;
  const draw = (box: Box, x: number, level: number): void => {
    const width = (box.us / root.us) * WIDTH;
    if (width < LEAST) return;
    depth = Math.max(depth, level);
    const share = `${((box.us / root.us) * 100).toFixed(1)} %`;
    const fits = Math.floor(width / 6.6);
    const label = fits > 3 ? box.name.slice(0, fits) : '';
    const y = level * ROW;
    parts.push(
      `<g><title>${escaped(box.name)}: ${share}</title><rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${FILLS[box.kind]}"/><text x="${(x + 3).toFixed(1)}" y="${y + 12}">${escaped(label)}</text></g>`,
    );
    let at = x;
    for (const inner of [...box.inner.values()].sort((a, b) => b.us - a.us)) {
      draw(inner, at, level + 1);
      at += (inner.us / root.us) * WIDTH;
    }
  };
  draw(root, 0, 0);
  const height = (depth + 1) * ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="ui-monospace, monospace" font-size="11"><title>Where the computing threads' time goes, from raw archive to sealed hours</title><rect width="${WIDTH}" height="${height}" fill="#fff"/>${parts.join('')}</svg>\n`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const from = process.argv.slice(2, -1);
  const root = emptyRoot();
  for (const file of from) foldProfile(JSON.parse(readFileSync(file, 'utf8')) as Profile, root);
  writeFileSync(process.argv.at(-1)!, flameSvg(root));
}
