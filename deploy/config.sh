#!/bin/sh
# Makes config/tidehouse.yaml from the example at the first start, owned by whoever owns this checkout. An existing one is
# never touched.
set -eu

[ -e /config/tidehouse.yaml ] && exit
cp /tidehouse.example.yaml /config/tidehouse.yaml.new
chmod 644 /config/tidehouse.yaml.new
chown --reference=/tidehouse.example.yaml /config /config/tidehouse.yaml.new
mv /config/tidehouse.yaml.new /config/tidehouse.yaml
echo 'made config/tidehouse.yaml'
