/**
 * Where a cluster is, from what a person says, what its nodes say now, and what is remembered: a
 * field that nobody speaks of stays as it was, and the names of a place that emptied stay.
 */

import type { Locality, Place } from './shard.ts';

/** Former places of one cluster: a member that invents zones fills no store. Our choice. */
const FORMER_PLACES_MAX = 64;

export interface LocalityTold {
  /** By a person: beats everything else. */
  readonly said: { readonly region?: string | undefined; readonly topologyZones?: Zones };
  /** By its nodes; silent where none is known. */
  readonly read: Locality;
  /** undefined: never seen. */
  readonly remembered: Locality | undefined;
}

type Zones = readonly string[] | undefined;

export function localityNow({ said, read, remembered }: LocalityTold): Locality {
  const region = said.region ?? read.region ?? remembered?.region;
  const haveMoved = read.region !== undefined && read.region !== remembered?.region;
  const rememberedZones = haveMoved ? [] : (remembered?.topologyZones ?? []);
  const readZones = read.topologyZones.length > 0 ? read.topologyZones : rememberedZones;
  const now = { region, topologyZones: said.topologyZones ?? readZones };
  // A person's list of zones is all of them.
  if (remembered === undefined || said.topologyZones !== undefined) return now;
  const isNow = new Set(placesIn(now).map(keyOf));
  const former = placesIn(remembered).filter((place) => !isNow.has(keyOf(place)));
  if (former.length === 0) return now;
  return { ...now, formerPlaces: former.slice(0, FORMER_PLACES_MAX) };
}

/** Whether nothing is known of it. */
export function isNowhere({ region, topologyZones }: Locality): boolean {
  return region === undefined && topologyZones.length === 0;
}

/** All that have names: its region, its zones, then the former ones, the latest first. */
export function placesIn({ region, topologyZones, formerPlaces = [] }: Locality): Place[] {
  const here: Place[] = topologyZones.map((topologyZone) => ({ region, topologyZone }));
  if (region !== undefined) here.unshift({ region, topologyZone: undefined });
  return [...here, ...formerPlaces];
}

function keyOf({ region, topologyZone }: Place): string {
  return `${topologyZone ?? ''}.${region ?? ''}`;
}
