#!/bin/sh
# Makes sure that there is a browser for the browser tests: Debian's, installed where that is allowed.
for name in chromium google-chrome chromium-browser; do command -v "$name" >/dev/null && exit 0; done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "· installing Debian's chromium for the browser tests"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >/dev/null && exit 0
fi
echo "· no Chromium or Chrome here and none can be installed: the browser tests will be skipped"
[ -z "$CI" ] # on a build machine that is a failure
