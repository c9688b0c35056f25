//===- Conv.cpp - convolutions in float through oneDNN ----------------------===//
//
// oneDNN keeps compiled primitives in a cache of its own (DNNL_PRIMITIVE_CACHE_CAPACITY, 1024 by
// default), so a convolution of a shape seen before costs no code generation.
//
//===----------------------------------------------------------------------===//
#include "ttc/Reference/Conv.h"
#include "Parallel.h"

#include <cstdlib>
#include <dlfcn.h>
#include <fmt/format.h>
#include <oneapi/dnnl/dnnl.hpp>

namespace ttc::reference {

namespace {

using dnnl::memory;
using Tag = memory::format_tag;

const dnnl::engine &engine() {
  static const dnnl::engine e(dnnl::engine::kind::cpu, 0);
  return e;
}

memory::desc describe(const memory::dims &dims, Tag tag) {
  return {dims, memory::data_type::f32, tag};
}

memory wrap(const memory::desc &desc, const float *data) {
  // oneDNN takes no pointers to const; sources are only read.
  return {desc, engine(), const_cast<float *>(data)};
}

/// Extents of an image tensor, whatever its order.
struct Image {
  int64_t n, c, h, w;
  memory::dims dims() const { return {n, c, h, w}; }
};

Image imageOf(const HostTensor &t, ImageFormat format) {
  if (format == ImageFormat::nchw)
    return {t.dim(0), t.dim(1), t.dim(2), t.dim(3)};
  return {t.dim(0), t.dim(3), t.dim(1), t.dim(2)};
}

std::vector<int64_t> shapeOf(const Image &i, ImageFormat format) {
  if (format == ImageFormat::nchw)
    return {i.n, i.c, i.h, i.w};
  return {i.n, i.h, i.w, i.c};
}

Tag tagOf(ImageFormat format) { return format == ImageFormat::nchw ? Tag::nchw : Tag::nhwc; }

/// `m` itself if it is as the primitive wants it, else a reordered copy.
memory toWanted(memory m, const memory::desc &wanted, dnnl::stream &stream) {
  if (m.get_desc() == wanted)
    return m;
  memory copy(wanted, engine());
  dnnl::reorder(m, copy).execute(stream, m, copy);
  return copy;
}

/// Runs a (de)convolution whose descriptor left the formats open.
template <typename Primitive>
void run(const typename Primitive::primitive_desc &desc, const memory &input, const memory &weight,
         const HostTensor *bias, memory output) {
  dnnl::stream stream(engine());
  memory src = toWanted(input, desc.src_desc(), stream);
  memory weights = toWanted(weight, desc.weights_desc(), stream);
  bool direct = desc.dst_desc() == output.get_desc();
  memory dst = direct ? output : memory(desc.dst_desc(), engine());
  std::unordered_map<int, memory> args = {
      {DNNL_ARG_SRC, src}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, dst}};
  if (bias)
    args.insert({DNNL_ARG_BIAS, wrap(desc.bias_desc(), bias->data())});
  Primitive(desc).execute(stream, args);
  if (!direct)
    dnnl::reorder(dst, output).execute(stream, dst, output);
  stream.wait();
}

/// oneDNN runs on GNU OpenMP, whose idle threads spin for long before they sleep: when something
/// else wants the CPUs, every parallel loop ends up waiting for a thread that is not running
/// (YOLOv4-320 on two busy CPUs: 2.5 s, against 0.9 s). With more threads than CPUs it spins 300
/// times less, so ask for two per CPU. OMP_NUM_THREADS still decides if it is set.
void limitSpinning() {
  // The symbol is that of the OpenMP library that oneDNN was linked with, if it was with one.
  static const auto setThreads =
      reinterpret_cast<void (*)(int)>(::dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  static const bool decided = std::getenv("OMP_NUM_THREADS") != nullptr;
  thread_local bool done = false; // OpenMP's setting is one of the calling thread
  if (done || decided || !setThreads)
    return;
  setThreads(2 * int(std::max(1u, std::thread::hardware_concurrency())));
  done = true;
}

/// oneDNN throws; this code does not.
template <typename Body> Expected<HostTensor> guarded(const char *what, const Body &body) {
  limitSpinning();
  try {
    return body();
  } catch (const dnnl::error &e) {
    return Error{fmt::format("{}: oneDNN: {}", what, e.what())};
  }
}

/// The formats of activations: channels-last stays so, channels-first may be blocked by oneDNN.
memory::desc activation(const Image &image, ImageFormat format) {
  return describe(image.dims(), format == ImageFormat::nhwc ? Tag::nhwc : Tag::any);
}

} // namespace

Expected<HostTensor> conv2d(const HostTensor &input, const HostTensor &weight,
                            const HostTensor *bias, const ConvParams &p) {
  Image in = imageOf(input, p.format);
  int64_t kh = weight.dim(2), kw = weight.dim(3), g = p.groups;
  Image out = {in.n, weight.dim(0),
               (in.h + p.pads[0] + p.pads[2] - (kh - 1) * p.dilations[0] - 1) / p.strides[0] + 1,
               (in.w + p.pads[1] + p.pads[3] - (kw - 1) * p.dilations[1] - 1) / p.strides[1] + 1};
  return guarded("conv2d", [&] {
    memory::dims weightDims = {g, out.c / g, weight.dim(1), kh, kw};
    if (g == 1)
      weightDims.erase(weightDims.begin());
    memory::desc biasDesc = bias ? describe({out.c}, Tag::x) : memory::desc();
    dnnl::convolution_forward::desc desc(
        dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
        activation(in, p.format), describe(weightDims, Tag::any), biasDesc,
        activation(out, p.format), {p.strides[0], p.strides[1]},
        {p.dilations[0] - 1, p.dilations[1] - 1}, {p.pads[0], p.pads[1]}, {p.pads[2], p.pads[3]});
    HostTensor result(shapeOf(out, p.format));
    run<dnnl::convolution_forward>(
        {desc, engine()}, wrap(describe(in.dims(), tagOf(p.format)), input.data()),
        wrap(describe(weightDims, g == 1 ? Tag::oihw : Tag::goihw), weight.data()), bias,
        wrap(describe(out.dims(), tagOf(p.format)), result.data()));
    return result;
  });
}

/// Copies `inner` into the top left of an image of `outer`'s extents and fills the rest with the
/// bias.
static HostTensor extend(const HostTensor &tensor, const Image &inner, const Image &outer,
                         const HostTensor *bias, ImageFormat format) {
  HostTensor result(shapeOf(outer, format));
  const float *from = tensor.data();
  float *to = result.mutableData();
  bool last = format == ImageFormat::nhwc;
  for (int64_t n = 0; n < outer.n; ++n)
    for (int64_t c = 0; c < outer.c; ++c)
      for (int64_t y = 0; y < outer.h; ++y)
        for (int64_t x = 0; x < outer.w; ++x) {
          bool inside = y < inner.h && x < inner.w;
          int64_t i = last ? ((n * inner.h + y) * inner.w + x) * inner.c + c
                           : ((n * inner.c + c) * inner.h + y) * inner.w + x;
          int64_t o = last ? ((n * outer.h + y) * outer.w + x) * outer.c + c
                           : ((n * outer.c + c) * outer.h + y) * outer.w + x;
          to[o] = inside ? from[i] : (bias ? bias->data()[c] : 0.0f);
        }
  return result;
}

Expected<HostTensor> convTranspose2d(const HostTensor &input, const HostTensor &weight,
                                     const HostTensor *bias, const ConvParams &p) {
  Image in = imageOf(input, p.format);
  int64_t kh = weight.dim(2), kw = weight.dim(3), g = p.groups;
  // oneDNN has no output padding. It lowers the padding at the end, and what then still reaches
  // over the last tap is bias only.
  int64_t bottom = p.pads[2] - p.outputPadding[0], right = p.pads[3] - p.outputPadding[1];
  int64_t over[2] = {std::max<int64_t>(-bottom, 0), std::max<int64_t>(-right, 0)};
  bottom = std::max<int64_t>(bottom, 0);
  right = std::max<int64_t>(right, 0);
  Image out = {in.n, weight.dim(1) * g,
               (in.h - 1) * p.strides[0] + (kh - 1) * p.dilations[0] + 1 - p.pads[0] - bottom,
               (in.w - 1) * p.strides[1] + (kw - 1) * p.dilations[1] + 1 - p.pads[1] - right};
  return guarded("conv_transpose2d", [&] {
    memory::dims weightDims = {g, out.c / g, in.c / g, kh, kw};
    if (g == 1)
      weightDims.erase(weightDims.begin());
    memory::desc biasDesc = bias ? describe({out.c}, Tag::x) : memory::desc();
    dnnl::deconvolution_forward::desc desc(
        dnnl::prop_kind::forward_inference, dnnl::algorithm::deconvolution_direct,
        activation(in, p.format), describe(weightDims, Tag::any), biasDesc,
        activation(out, p.format), {p.strides[0], p.strides[1]},
        {p.dilations[0] - 1, p.dilations[1] - 1}, {p.pads[0], p.pads[1]}, {bottom, right});
    HostTensor result(shapeOf(out, p.format));
    run<dnnl::deconvolution_forward>(
        {desc, engine()}, wrap(describe(in.dims(), tagOf(p.format)), input.data()),
        wrap(describe(weightDims, g == 1 ? Tag::iohw : Tag::giohw), weight.data()), bias,
        wrap(describe(out.dims(), tagOf(p.format)), result.data()));
    if (over[0] || over[1])
      result =
          extend(result, out, {out.n, out.c, out.h + over[0], out.w + over[1]}, bias, p.format);
    return result;
  });
}

Expected<HostTensor> matmul(const HostTensor &lhs, const HostTensor &rhs, const HostTensor *bias,
                            bool transposeRhs) {
  int64_t rank = std::max(lhs.rank(), rhs.rank());
  assert(lhs.rank() >= 2 && rhs.rank() >= 2 && "matmul operands are matrices or batches of them");
  // Extent and step (in matrices, 0 where it broadcasts) of each batch dimension.
  int64_t m = lhs.dim(lhs.rank() - 2), k = lhs.dim(lhs.rank() - 1);
  int64_t n = rhs.dim(rhs.rank() - (transposeRhs ? 2 : 1));
  auto extent = [&](const HostTensor &t, int64_t d) {
    int64_t i = d - (rank - t.rank());
    return i < 0 ? int64_t(1) : t.dim(i);
  };
  std::vector<int64_t> shape;
  std::vector<std::pair<int64_t, int64_t>> steps(size_t(rank - 2));
  int64_t lhsStep = 1, rhsStep = 1, batches = 1;
  for (int64_t d = rank - 3; d >= 0; --d) {
    int64_t l = extent(lhs, d), r = extent(rhs, d);
    steps[size_t(d)] = {l == 1 ? 0 : lhsStep, r == 1 ? 0 : rhsStep};
    lhsStep *= l;
    rhsStep *= r;
    shape.insert(shape.begin(), std::max(l, r));
    batches *= shape.front();
  }
  std::vector<int64_t> batchShape = shape;
  shape.insert(shape.end(), {m, n});
  HostTensor result(shape);
  float *out = result.mutableData();
  float beta = bias ? 1.0f : 0.0f;
  if (bias)
    for (int64_t row = 0; row < batches * m; ++row)
      std::memcpy(out + row * n, bias->data(), size_t(n) * sizeof(float));
  // One right-hand side for all: one product.
  limitSpinning();
  bool flat = HostTensor::countOf(batchShape) > 1 && rhsStep == 1;
  for (int64_t d = 0; flat && d < rank - 2; ++d)
    flat = extent(lhs, d) == batchShape[size_t(d)];
  int64_t rows = flat ? batches * m : m;
  for (int64_t b = 0; b < (flat ? 1 : batches); ++b) {
    int64_t l = 0, r = 0, rest = b;
    for (int64_t d = rank - 3; d >= 0; --d) {
      int64_t i = rest % batchShape[size_t(d)];
      rest /= batchShape[size_t(d)];
      l += i * steps[size_t(d)].first;
      r += i * steps[size_t(d)].second;
    }
    dnnl_status_t status =
        dnnl_sgemm('N', transposeRhs ? 'T' : 'N', rows, n, k, 1.0f, lhs.data() + l * m * k, k,
                   rhs.data() + r * k * n, transposeRhs ? k : n, beta, out + b * m * n, n);
    if (status != dnnl_success)
      return Error{fmt::format("matmul: oneDNN: sgemm of {}x{}x{} failed with status {}", rows, k,
                               n, int(status))};
  }
  return result;
}

} // namespace ttc::reference
