#!/bin/sh
# unpack_chromium.sh FOLDER: unpacks Debian's Chromium into FOLDER, with the libraries that this machine does not have and
# a font, and prints the path of a program that starts it. Nothing is installed. Fails where Debian's archive is out of reach.
set -eu
folder=$(readlink -f "$1")
mkdir -p "$folder/debs/partial"

download() {
  timeout 500 apt-get install --download-only --yes --no-install-recommends -o Debug::NoLocking=1 \
    -o Dir::Cache::archives="$folder/debs" chromium fonts-liberation >"$folder/apt.log" 2>&1
}
download || { timeout 120 apt-get update >/dev/null 2>&1 && download; } || { tail -n 5 "$folder/apt.log" >&2; exit 1; }
for deb in "$folder"/debs/*.deb; do dpkg -x "$deb" "$folder/root"; done
rm -rf "$folder/debs"

cat >"$folder/fonts.conf" <<XML
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>$folder/root/usr/share/fonts</dir>
  <cachedir>$folder/fonts</cachedir>
  <alias><family>sans-serif</family><prefer><family>Liberation Sans</family></prefer></alias>
  <alias><family>system-ui</family><prefer><family>Liberation Sans</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>Liberation Mono</family></prefer></alias>
  <!-- Chromium asks for no family when it looks for the font of the system. -->
  <match target="pattern"><edit name="family" mode="append_last"><string>Liberation Sans</string></edit></match>
</fontconfig>
XML
# Some packages keep libraries in folders of their own, which their configuration would name.
libraries=$(find "$folder/root" -name '*.so*' -printf '%h\n' | sort -u | paste -s -d :)
cat >"$folder/chromium" <<SH
#!/bin/sh
export LD_LIBRARY_PATH="$libraries" FONTCONFIG_FILE="$folder/fonts.conf"
exec "$folder/root/usr/lib/chromium/chromium" "\$@"
SH
chmod +x "$folder/chromium"
echo "$folder/chromium"
