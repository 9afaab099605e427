# Sourced by the scripts beside it. Paths, progress lines and what several scripts need.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=${CAUSEWAY_TEST_VENV:-$ROOT/.venv}
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

# binary: path of the built program, built first when needed. CAUSEWAY_TEST_BINARY skips the build.
binary() {
    if [ -n "${CAUSEWAY_TEST_BINARY:-}" ]; then
        echo "$CAUSEWAY_TEST_BINARY"
        return
    fi
    "$ROOT/scripts/build" >&2
    echo "$(swift build -c "${CONFIGURATION:-release}" --show-bin-path)/causeway"
}

# samples: the folder under which the Python packages keep their sample objects.
samples() { "$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'; }
