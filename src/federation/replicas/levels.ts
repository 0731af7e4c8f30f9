/**
 * One limit of an autoscaler in every cluster, brought to a total and moved by single replicas.
 * Knows no autoscaler: who offers and who needs is the caller's word (autoscaler-planner.ts).
 */

export interface Level {
  value: number;
  readonly floor: number;
  readonly ceiling: number;
  /** Has one to give. */
  readonly offers: boolean;
  readonly needs: boolean;
  /** The cluster has no autoscaler yet. */
  readonly isNew: boolean;
}

export interface LevelWish {
  readonly total: number;
  /** So many a new one gets before anybody else gets more. */
  readonly fairShare: number;
}

/**
 * Who offers gives first, and only one; who needs takes first, what is spare before what is
 * offered. Without a taker nothing moves. Gives what all floors together are above the total.
 */
export function shareLevels(levels: readonly Level[], { total, fairShare }: LevelWish): number {
  const offering = levels.filter(({ offers }) => offers);
  let spare = total - levels.reduce((sum, { value }) => sum + value, 0);
  while (spare < 0 && takeOffer(offering)) spare += 1;
  if (spare < 0) return inRounds(levels, -spare, -1);
  for (const level of levels) {
    if (!level.needs || roomAbove(level) === 0) continue;
    if (spare > 0) spare -= 1;
    else if (!takeOffer(offering)) continue;
    level.value += 1;
  }
  const newcomers = levels.filter(({ isNew }) => isNew);
  for (const level of newcomers) spare -= raise(level, Math.min(fairShare - level.value, spare));
  for (let hasGiven = true; hasGiven; ) {
    hasGiven = false;
    for (const level of newcomers) {
      const isHungry = level.value < fairShare && roomAbove(level) > 0;
      if (isHungry && takeOffer(offering)) hasGiven = raise(level, 1) > 0;
    }
  }
  inRounds(levels, spare, 1);
  return 0;
}

function takeOffer(offering: Level[]): boolean {
  const giver = offering.shift();
  if (giver !== undefined) giver.value -= 1;
  return giver !== undefined;
}

/** Gives by how much. */
function raise(level: Level, wanted: number): number {
  const step = Math.max(0, Math.min(wanted, roomAbove(level)));
  level.value += step;
  return step;
}

function roomAbove({ value, ceiling }: Level): number {
  return Math.max(0, ceiling - value);
}

/**
 * One each, round after round, up or down; as many rounds at once as nobody ends within. Gives what
 * is left when nobody has room.
 */
function inRounds(levels: readonly Level[], count: number, direction: 1 | -1): number {
  const roomOf = (level: Level) =>
    direction === 1 ? roomAbove(level) : Math.max(0, level.value - level.floor);
  for (let left = count; ; ) {
    const open = levels.filter((level) => roomOf(level) > 0);
    if (left === 0 || open.length === 0) return left;
    const rounds = Math.max(1, Math.min(Math.floor(left / open.length), ...open.map(roomOf)));
    for (const level of open) {
      const step = Math.min(rounds, left);
      level.value += direction * step;
      left -= step;
    }
  }
}
