// The data inside a page, as Python writes it (build.py, payload.py) and data.js reads it. tests/report/test_types.py compares it with both.

export type Side = "receptor" | "ligand";
type Column<T> = (T | null)[];

/** All of it: the JSON in the element `payload`. */
export interface Page {
  title: string;
  receptors: Protein[];
  ligands: Protein[];
  /** Classes of residues, by name. */
  classes: { [name: string]: { residues: string[]; colour: string } };
  metrics: Metric[];
  /** PDB text by protein, packed. */
  structures: { [name: string]: string };
  network: Network;
  pairs: Pairs;
  /** Rows of hotspots.csv by receptor, packed. */
  hotspots: { [name: string]: string };
  synthetic: boolean;
}

export interface Protein {
  name: string;
  label: string;
  /** Entry, accessions and title. */
  found_by: string[];
  n_residues: number;
  verdict: string;
  /** What changes the reading of its every pair. */
  doubts: string[];
  questionable: string;
  /** How its residue numbers follow from UniProt's. */
  numbering: string;
  /** Whether its entry holds another protein than expected. */
  another: boolean;
}

export interface Metric {
  name: string;
  label: string;
  help: string;
  unit: string | null;
  better: "low" | "high" | null;
  /** Whether zero is its middle. */
  diverging: boolean;
  /** What its ends, low and high, mean where neither is better. */
  ends?: [string, string];
  /** Names in clustered order. */
  clustered: { ligands: string[]; receptors: string[] };
  /** The first cell of its table as CSV. */
  corner: string;
}

export interface Network {
  rule: string;
  metric: string;
  edges: { receptor: string; ligand: string }[];
}

/** Numbers are columns in the order of the pairs: ligand by ligand, receptors within. */
export interface Pairs {
  values: { [metric: string]: Column<number> };
  uncertainty: { [metric: string]: Column<number> };
  standing: { low?: Column<number>; high?: Column<number>; within_noise?: Column<boolean> };
  /** By the place of the pair. */
  records: { [place: number]: PairRecord };
}

/** What else is known of a pair that has its models in the page or a known complex. */
export interface PairRecord {
  n_poses: number;
  affinity: Affinity | null;
  known: Known | null;
  /** A `Detail`, packed. */
  detail: string | null;
}

export interface Affinity {
  method: string;
  temperature_C: number;
  published_error_kcal_mol: number;
  caveat: string;
}

export interface Known {
  receptor: string;
  ligand: string;
  complex: string | null;
  note?: string | null;
  interface?: unknown;
  best_model: number | null;
  best_dockq: number | null;
  best_irmsd_A: number | null;
  first_acceptable: number | null;
}

/** Models and contacts of a pair. */
export interface Detail {
  models: Model[];
  contacts: Contacts;
  /** SVG of each model. */
  drawings: string[];
  maps: string[];
  /** Text by file name. */
  scripts: { [name: string]: string };
  /** The ligand's chains in its own file and in the models. */
  ligand_chains: { [chain: string]: string } | null;
}

/** A row of clusters.csv, with what the analysis found. */
export interface Model {
  model: number;
  cluster: number;
  members: number;
  /** Which pose of the cluster it is. */
  representative?: string | null;
  pose?: number | null;
  score: number;
  center_score?: number | null;
  lowest_score?: number | null;
  repulsion?: number | null;
  attraction?: number | null;
  electrostatics?: number | null;
  contact?: number | null;
  residue?: number | null;
  quaternion: [number, number, number, number];
  translation_A: [number, number, number];
  receptor_residues: number;
  ligand_residues: number;
  /** Residue contacts by kind. */
  contacts: { [kind: string]: number };
  overlaps: number;
  buried_receptor_A2: number;
  buried_ligand_A2: number;
  dg_kcal_mol?: number | null;
  dg_spread_kcal_mol?: number | null;
  kd_M?: number | null;
  kd_low_M?: number | null;
  kd_high_M?: number | null;
  models_at_site?: number | null;
  models_elsewhere?: number | null;
  dockq?: number | null;
  irmsd_A?: number | null;
  lrmsd_A?: number | null;
  fnat?: number | null;
}

/** interface.csv by column. */
export interface Contacts {
  model: number[];
  receptor_chain: string[];
  receptor_number: string[];
  receptor_residue: string[];
  receptor_atom: Column<string>;
  ligand_chain: string[];
  ligand_number: string[];
  ligand_residue: string[];
  ligand_atom: Column<string>;
  kind: string[];
  distance_A: number[];
  bonds: number[];
  atom_pairs: number[];
  overlaps: number[];
}

/** A row of interface.csv. */
export type Contact = { [K in keyof Contacts]: Contacts[K][number] };

/** A row of hotspots.csv. */
export interface Hotspot {
  chain: string;
  number: string;
  residue: string;
  frequency: number;
  ligands: number;
  expected: number | null;
  most: string;
}
