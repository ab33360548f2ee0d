#!/usr/bin/env bash
# Make one alignment a sequence; all pairs share them. Sequences that have one already are not searched again.
#   bash msas.sh            asks ColabFold's server, which is for a few thousand sequences a day at most; your sequences
#                           leave your machine. It needs the network and colabfold_batch, and no GPU.
#   bash msas.sh DATABASES  searches ColabFold's databases on your disk with colabfold_search.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
python3 alignments.py lacking lacking.fasta
if [ ! -s lacking.fasta ]; then
  echo "every sequence has an alignment in msas/"
  exit
fi
if [ -n "${1:-}" ]; then
  colabfold_search lacking.fasta "$1" searched
else
  colabfold_batch lacking.fasta searched --msa-only
fi
python3 alignments.py collect searched
