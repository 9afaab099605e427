# Sourced by the scripts beside it. Paths, progress lines and what several scripts need.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=${CAUSEWAY_VENV:-$ROOT/.venv}
PYTHON=$VENV/bin/python
STRICT_IMPORTS=(--explicit-target-dependency-import-check error)
cd "$ROOT"

# step TEXT: one progress line, bold on a terminal.
step() {
    if [ -t 1 ]; then printf '\033[1m== %s\033[0m\n' "$*"; else printf '== %s\n' "$*"; fi
}

# fail TEXT: one sentence on standard error, then out.
fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# binary: path of the built program, built first when needed. CAUSEWAY_BINARY skips the build.
binary() {
    if [ -n "${CAUSEWAY_BINARY:-}" ]; then
        echo "$CAUSEWAY_BINARY"
        return
    fi
    "$ROOT/scripts/build" >&2
    echo "$(swift build -c "${CONFIGURATION:-release}" --show-bin-path)/causeway"
}

# samples: colon-separated folders of the sample objects that the Python packages carry.
samples() {
    "$PYTHON" - <<'P'
import importlib.util, pathlib
found = []
for module, folder in (("pydicom", "data/test_files"), ("data_store", "data")):
    spec = importlib.util.find_spec(module)
    for base in spec.submodule_search_locations if spec else []:
        found.append(str(pathlib.Path(base, folder)))
print(":".join(found))
P
}
