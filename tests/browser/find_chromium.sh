#!/usr/bin/env bash
# The browser tests need Chromium or Chrome. Finds it, or installs Debian's package where that is
# possible, or fails with the command to run. It never lets the tests pass without a browser.
set -euo pipefail
for name in "${VIVA_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
  if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then
    echo "browser tests use $(command -v "$name")"
    exit 0
  fi
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "no Chromium found: installing Debian's package"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
  exit 0
fi
echo "No Chromium or Chrome found, and the browser tests need one. Install it and run make test again:" >&2
echo "  Debian, Ubuntu:  sudo apt-get install chromium" >&2
echo "  macOS:           brew install --cask chromium" >&2
echo "  elsewhere:       set VIVA_CHROMIUM to the browser's path" >&2
exit 1
