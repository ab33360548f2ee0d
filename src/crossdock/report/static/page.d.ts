// What the page embeds, from page.schema.json by tools/page_types.py; change the dataclasses instead.

export interface PageData {
  title: string;
  receptors: PageProtein[];
  ligands: PageProtein[];
  symmetric: boolean;
  holes: Hole[];
  classes: { [name: string]: ResidueClass };
  metrics: Metric[];
  verdict: PageVerdict;
  sentences: { [name: string]: string };
  structures: { [name: string]: string };
  network: Network;
  statistic: string;
  pairs: PairColumns;
  hotspots: { [name: string]: string };
  synthetic: boolean;
  backend: string;
  labels: { [name: string]: string };
  usual_overlaps: number;
}

export interface PageProtein {
  name: string;
  label: string;
  found_by: string[];
  n_residues: number;
  verdict: string;
  doubts: string[];
  questionable: string;
  numbering: string;
  another: boolean;
  marks: Mark[];
}

export interface Mark {
  kind: string;
  level: "fine" | "note" | "wrong";
  values: { [name: string]: string | number };
}

export interface Hole {
  receptor: string;
  ligand: string;
  reason: string;
  text: string;
}

export interface ResidueClass {
  residues: string[];
  colour: string;
}

export interface Metric {
  name: string;
  unit: string;
  better: "high" | "low" | null;
  label: string;
  help: string;
  diverging: boolean;
  ends: [string, string] | null;
  header: string;
  clustered: Clustered;
}

export interface Clustered {
  ligands: string[];
  receptors: string[];
}

export interface PageVerdict {
  kind: string;
  basis: string | null;
  pairs: ([string, string])[];
  limit: number | null;
}

export interface Network {
  rule: string;
  metric: string | null;
  edges: Edge[];
}

export interface Edge {
  receptor: string;
  ligand: string;
}

export interface PairColumns {
  cells: number[];
  values: { [name: string]: (number | null)[] };
  uncertainty: { [name: string]: (number | null)[] };
  standing: { [name: string]: (number | boolean | null)[] };
  first: { [name: string]: (number | null)[] };
  marks: PairMarks[];
  records: { [name: string]: PagePair };
}

export interface PairMarks {
  kind: string;
  level: "fine" | "note" | "wrong";
  places: number[];
  values: { [name: string]: (string | number)[] };
}

export interface PagePair {
  affinity: AffinityRecord;
  known: KnownPair | null;
  detail: string | null;
  site: PairSite | null;
  facts: Fact[];
  others: { [name: string]: string };
  template: string;
}

export interface AffinityRecord {
  method: string;
  temperature_C: number;
  published_error_kcal_mol: number;
  caveat: string;
}

export interface KnownPair {
  complex: string | null;
  note: string | null;
  best_model: number | null;
  best_dockq: number | null;
  best_irmsd_A: number | null;
  first_acceptable: number | null;
}

export interface PairSite {
  short: string;
  receptor: string;
  ligand: string;
  unreachable: string;
}

export interface Fact {
  text: string;
  source: string;
  date: string;
  url: string;
  severity: "plain" | "wrong";
}

export interface Detail {
  n_poses: number;
  models: ModelRecord[];
  contacts: { [name: string]: (number | string)[] };
  drawings: string[];
  maps: string[];
  scripts: { [name: string]: string };
  ligand_chains: { [name: string]: string };
  bodies: ModelBody[];
  errors: (ErrorMap | null)[];
  tests: SiteTests[];
  constructs: { [name: string]: Construct };
  conformers: { [name: string]: string[] };
  conformer_scores: ConformerScores[];
  refined: PageRefined | null;
}

export interface ModelRecord {
  model: number;
  cluster: number;
  members: number;
  score: number;
  pose: number;
  quaternion: [number, number, number, number];
  translation_A: [number, number, number];
  receptor_residues: number;
  ligand_residues: number;
  contacts: { [name: string]: number };
  overlaps: number;
  buried_receptor_A2: number;
  buried_ligand_A2: number;
  representative: string | null;
  center_score: number | null;
  lowest_score: number | null;
  terms: { [name: string]: number };
  extra: { [name: string]: number | null };
  plddt: boolean;
  receptor_conformer: number | null;
  ligand_conformer: number | null;
  dg_kcal_mol: number | null;
  kd_M: number | null;
  kd_low_M: number | null;
  kd_high_M: number | null;
  dg_spread_kcal_mol: number | null;
  dg_withheld: string;
  models_at_site: number | null;
  models_elsewhere: number | null;
  dockq: number | null;
  irmsd_A: number | null;
  lrmsd_A: number | null;
  fnat: number | null;
}

export interface ModelBody {
  receptor: string;
  ligand: string;
}

export interface ErrorMap {
  residues: [number, number];
  width: number;
  cells: string;
}

export interface SiteTests {
  receptor: PartnerTests;
  ligand: PartnerTests;
}

export interface PartnerTests {
  mutations: Mutation[];
  control: Control | null;
}

export interface Mutation {
  chain: string;
  number: string;
  residue: string;
  accession: string | null;
  in_uniprot: number | null;
  alanine: string;
  reversal: string | null;
  alone_A2: number;
  buried_A2: number;
  bonds: Bond[];
}

export interface Bond {
  chain: string;
  name: string;
  kind: string;
}

export interface Control {
  chain: string;
  number: string;
  residue: string;
  accession: string | null;
  in_uniprot: number | null;
  alanine: string;
  reversal: string | null;
  accessible_A2: number;
  apart_A: number;
}

export interface Construct {
  entry: string;
  chains: ConstructChain[];
  left_out: string[];
  missing: number;
}

export interface ConstructChain {
  letter: string;
  chain: string;
  in_pair: string;
  sequence: string;
  runs: Run[];
  gaps: ([string, string])[];
  uniprot: Stretch[];
  unplaced: ([string, string])[];
}

export interface Run {
  first: string;
  last: string;
  position: number;
}

export interface Stretch {
  first: string;
  last: string;
  accession: string;
  start: number | null;
  end: number | null;
}

export interface ConformerScores {
  receptor: number;
  ligand: number;
  scores: number[];
}

export interface PageRefined {
  failed: string;
  models: PageRefinedModel[];
  contacts: { [name: string]: (number | string)[] };
}

export interface PageRefinedModel {
  record: RefinedModel;
  residues: string[];
  atoms: string[];
  moved: number[];
}

export interface RefinedModel {
  model: number;
  state: string;
  reason: string;
  clashes_before: number | null;
  clashes_after: number | null;
  inner_clashes_before: number | null;
  inner_clashes_after: number | null;
  clashscore_before: number | null;
  clashscore_after: number | null;
  free_residues: number;
  hydrogens: number;
  added_atoms: number;
  held: string[];
  rmsd_A: number | null;
  backbone_rmsd_A: number | null;
  largest_shift_A: number | null;
  most_moved: string;
  energy_before_kcal_mol: number | null;
  energy_after_kcal_mol: number | null;
  interaction: InteractionRecord | null;
  iterations: number;
  gradient_kJ_mol_nm: number | null;
  inverted: string[];
  peptides: string[];
  dockq_before: number | null;
  dockq_after: number | null;
  irmsd_before_A: number | null;
  irmsd_after_A: number | null;
  fnat_before: number | null;
  fnat_after: number | null;
  dg_kcal_mol: number | null;
  cpu_seconds: number;
}

export interface InteractionRecord {
  total: number;
  van_der_waals: number;
  coulomb: number;
  generalized_born: number;
  surface: number;
}

export interface HotSpot {
  chain: string;
  number: string;
  residue: string;
  frequency: number;
  ligands: number;
  expected: number;
  most: string;
}
