/** Where things stand: top-down, by dagre; sizes are fixed so that nothing jumps while counts change. */

import { Graph, layout } from "@dagrejs/dagre";
import { type State, type Step, TRIGGER } from "./types";

export const NODE = { width: 272, height: 92 };
export const END = { width: 84, height: 30 };
const HEAD = { width: 304, height: 112 };
const PLUS = 24;

export type Point = { x: number; y: number };
export type Link = { id: string; from: string; to: string; name: string; slot: (string | number)[] | null; way: number; gone: boolean; path: string; label: Point; last: boolean };
export type Placed = { nodes: Map<string, Point & { width: number; height: number }>; links: Link[] };

export const nodeId = (step: string): string => (step === TRIGGER ? "trigger" : `step:${step}`);

function widthOf(name: string): number {
  return name === "then" || !name ? PLUS : Math.min(Math.ceil(name.length * 6.4) + 62, 210);
}

const target = (one: { id: string; to: string; last: boolean }): string => (one.last ? `end:${one.id}` : nodeId(one.to));

export function place(state: State): Placed {
  const graph = new Graph({ multigraph: true });
  // laid out from the ends up, so that each step stands as high as the longest way to it allows
  graph.setGraph({ rankdir: "BT", ranker: "longest-path", nodesep: 32, ranksep: 18, edgesep: 20, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  const steps: [Step, boolean][] = [...state.steps.map((one): [Step, boolean] => [one, false]), ...state.removed.map((one): [Step, boolean] => [one, true])];
  graph.setNode(nodeId(TRIGGER), { ...HEAD });
  const there = new Set<string>();
  for (const [step] of steps) {
    there.add(step.id);
    graph.setNode(nodeId(step.id), { ...NODE });
  }
  const links: Omit<Link, "path" | "label">[] = [];
  const link = (from: string, to: string, name: string, slot: Link["slot"], way: number, gone: boolean): void => {
    const last = to === "" || !there.has(to);
    const id = `${nodeId(from)}>${way}${gone ? "x" : ""}`;
    if (last) graph.setNode(`end:${id}`, { ...END });
    graph.setEdge(target({ id, to, last }), nodeId(from), { width: widthOf(name), height: PLUS + 4, labelpos: "c" }, id);
    links.push({ id, from, to: last ? "" : to, name, slot, way, gone, last });
  };
  link(TRIGGER, state.steps[0]?.id ?? "", "then", [], 0, false);
  for (const [step, gone] of steps) step.ways.forEach((way, number) => link(step.id, way.to, way.name, way.slot, number, gone));
  layout(graph);
  mirror(graph, links);
  const nodes: Placed["nodes"] = new Map();
  for (const id of graph.nodes()) {
    const one = graph.node(id) as unknown as Point & { width: number; height: number };
    nodes.set(id, { x: one.x - one.width / 2, y: one.y - one.height / 2, width: one.width, height: one.height });
  }
  return {
    nodes,
    links: links.map((one) => {
      const edge = graph.edge(target(one), nodeId(one.from), one.id) as unknown as { points: Point[]; x: number; y: number };
      const [from, to] = [nodes.get(nodeId(one.from))!, nodes.get(target(one))!];
      const points = [{ x: from.x + from.width / 2, y: from.y + from.height }, ...edge.points.slice(1, -1).reverse(), { x: to.x + to.width / 2, y: to.y }];
      return { ...one, path: curve(points), label: { x: edge.x, y: edge.y } };
    }),
  };
}

/** Ways stand in their order from left to right, as far as most of them can: else the drawing is turned around. */
function mirror(graph: Graph, links: { id: string; from: string; to: string; last: boolean }[]): void {
  const at = (id: string): Point => graph.node(id) as unknown as Point;
  let turned = 0;
  links.forEach((one, n) => {
    const other = links[n + 1];
    if (other?.from === one.from) turned += Math.sign(at(target(one)).x - at(target(other)).x);
  });
  if (turned <= 0) return;
  const width = (graph.graph() as { width: number }).width;
  for (const id of graph.nodes()) at(id).x = width - at(id).x;
  for (const edge of graph.edges()) {
    const one = graph.edge(edge) as unknown as { points: Point[] } & Point;
    one.x = width - one.x;
    for (const point of one.points) point.x = width - point.x;
  }
}

/** Through the points, upright in each, so that a line leaves and arrives from above and below. */
function curve(points: Point[]): string {
  const round = (n: number): number => Math.round(n * 10) / 10;
  return points
    .map((to, n) => {
      const from = points[n - 1];
      if (!from) return `M${round(to.x)},${round(to.y)}`;
      if (Math.abs(from.x - to.x) < 1) return `L${round(to.x)},${round(to.y)}`;
      const middle = round((from.y + to.y) / 2);
      return `C${round(from.x)},${middle} ${round(to.x)},${middle} ${round(to.x)},${round(to.y)}`;
    })
    .join("");
}
