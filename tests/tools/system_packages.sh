#!/bin/sh
# The programs of the tests that no wheel brings: installed when root and apt-get are here, named otherwise.
set -eu
missing=
better=
command -v xgettext >/dev/null || missing="$missing gettext"
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
    command -v chromium-headless-shell >/dev/null || missing="$missing chromium"
# The same engine without windows: quicker, and no test needs it.
command -v chromium-headless-shell >/dev/null || ! apt-cache show chromium-headless-shell >/dev/null 2>&1 ||
    better=chromium-headless-shell
[ -n "$(fc-list :lang=zh-cn 2>/dev/null)" ] || missing="$missing fonts-noto-cjk"
[ -n "$missing$better" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "studio: installing$missing $better"
    apt-get -q update >/dev/null || true
    for names in "$missing $better" "$missing"; do
        # shellcheck disable=SC2086 # a list of names
        DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $names >/dev/null && exit 0
    done
fi
[ -n "$missing" ] || exit 0
echo "studio: the tests need these programs; install them and try again:$missing" >&2
echo "        Debian, Ubuntu:  sudo apt-get install$missing" >&2
exit 1
