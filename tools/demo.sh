#!/usr/bin/env bash
# From nothing to a result: set-up, build, YOLOv4 on the simulator. Writes out/.
#   tools/demo.sh [SIZE]      network input, default 320
# The trained network runs with YOLOV4_WEIGHTS=yolov4.weights and IMAGE=photo.jpg. Without them seeded
# weights take its place: the arithmetic and the cycles are those of the network, the boxes mean nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
bash tools/build.sh
size=${1:-320}
mkdir -p out
weights=(--random-weights 7)
threshold=0.97
[ -z "${YOLOV4_WEIGHTS:-}" ] || { weights=(--weights "$YOLOV4_WEIGHTS"); threshold=0.25; }
image=${IMAGE:-out/scene.png}
[ -n "${IMAGE:-}" ] || python3 tools/dev/make_picture.py "$image"
rm -f out/detections.png out/report.json

build/bin/ttc compile zoo:yolov4 "${weights[@]}" --input-size "$size" -o out/yolov4.ttp
build/bin/ttc run out/yolov4.ttp --image "$image" --score "$threshold" --draw out/detections.png \
  --json --profile >out/report.json
build/bin/ttc check zoo:yolov4 "${weights[@]}" --input-size "$size" --image "$image" --min-pcc 0.98
python3 - <<'EOF'
import json
r = json.load(open("out/report.json"))
s = r["reshards"]
print(f"{r['model']} on {r['device']}: {r['programs']} programs, {s['count']} reshards ({s['bytes']} bytes), "
      f"{r['cycles']} cycles, {r['latency_ms']:.3f} ms, {r['frames_per_second']:.1f} frames/s")
EOF
echo "wrote out/detections.png and out/report.json"
