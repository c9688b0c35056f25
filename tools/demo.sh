#!/usr/bin/env bash
# From nothing to a result: set-up, build, YOLOv4 on the simulator. Writes out/.
#   tools/demo.sh [SIZE]      network input, default 320
# With YOLOV4_WEIGHTS=yolov4.weights (and optionally IMAGE=dog.jpg) the trained network runs; without,
# seeded weights keep the arithmetic honest and the boxes meaningless.
set -euo pipefail
cd "$(dirname "$0")/.."
bash tools/build.sh
size=${1:-320}
mkdir -p out
weights=(--random-weights 7)
[ -n "${YOLOV4_WEIGHTS:-}" ] && weights=(--weights "$YOLOV4_WEIGHTS")
image=${IMAGE:-out/scene.png}
[ -n "${IMAGE:-}" ] || build/bin/ttc-run --make-test-image "$image"

echo "== compile"
build/bin/ttc compile zoo:yolov4 "${weights[@]}" --input-size "$size" -o out/yolov4.ttp
echo "== run"
build/bin/ttc run out/yolov4.ttp --image "$image" --output-dir out --draw out/detections.png --report out/report.json
echo "== check against float"
build/bin/ttc check zoo:yolov4 "${weights[@]}" --input-size "$size" --image "$image"
echo "wrote out/detections.png and out/report.json"
