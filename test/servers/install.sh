#!/usr/bin/env bash
# Puts the servers of the distributed profile's specs where test/servers/*.ts look for them. Safe to repeat; as root it
# installs what is missing of Debian's packages first.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/grantrail"

missing=()
command -v redis-server >/dev/null || missing+=(redis-server)
command -v javac >/dev/null || missing+=(default-jdk-headless)
command -v mvn >/dev/null || missing+=(maven)
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" != 0 ]; then
    echo "install.sh: needs ${missing[*]}: install them, or run this as root" >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  # A redis of its own is started by each spec; the system's would only be in the way.
  if [[ " ${missing[*]} " == *" redis-server "* ]]; then service redis-server stop >/dev/null 2>&1 || true; fi
fi

# Replaces one expression in a source of mongo-java-server, which must be there exactly once.
mend() {
  [ "$(grep -cF "$2" "$1")" = 1 ] || { echo "install.sh: $1 is not as expected" >&2; exit 1; }
  local text; text=$(cat "$1"; echo .)
  text=${text%.}
  printf '%s' "${text/"$2"/"$3"}" >"$1"
}

build_mongodb_server() {
  local made=$1 core=de/bwaldvogel/mongo/backend
  mvn -q -f "$here/mongodb-server/pom.xml" dependency:copy-dependencies -DoutputDirectory="$made/lib"
  mvn -q -f "$here/mongodb-server/pom.xml" dependency:copy-dependencies -DoutputDirectory="$made/sources" \
    -Dclassifier=sources -DincludeArtifactIds=mongo-java-server-core
  (cd "$made/sources" && jar xf ./*.jar)
  # The real one compares text by its UTF-8 bytes and enters an index by part of a filter.
  mend "$made/sources/$core/ValueComparator.java" 'value1.toString().compareTo(value2.toString())' \
    'java.util.Arrays.compareUnsigned(value1.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8), value2.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8))'
  mend "$made/sources/$core/AbstractUniqueIndex.java" 'query.keySet().equals(keySet())' 'query.keySet().containsAll(keySet())'
  javac -nowarn -XDsuppressNotes -proc:none -d "$made/classes" -cp "$made/lib/*" \
    "$made/sources/$core/ValueComparator.java" "$made/sources/$core/AbstractUniqueIndex.java" "$here/mongodb-server/"*.java
  rm -rf "$made/sources"
}

version=$(cat "$here/install.sh" "$here/mongodb-server/"{pom.xml,*.java} | sha256sum | cut -c1-16)
if [ "$(cat "$cache/mongodb-server/version" 2>/dev/null)" != "$version" ]; then
  mkdir -p "$cache"
  made=$(mktemp -d "$cache/mongodb-server.XXXXXX")
  trap 'rm -rf "$made"' EXIT
  build_mongodb_server "$made"
  echo "$version" >"$made/version"
  rm -rf "$cache/mongodb-server"
  mv "$made" "$cache/mongodb-server"
fi
