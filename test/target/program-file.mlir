// Everything of a module arrives in the file, and the file says it again.
// RUN: ttc-translate --tile-to-program %s -o %t.ttp
// RUN: ttc-translate --disassemble %t.ttp | FileCheck %s
// RUN: ttc-translate --tile-to-program %s -o %t.2.ttp
// RUN: cmp %t.ttp %t.2.ttp

#loc = loc("convolutional_7")
module attributes {tile.device = #tile.device<"n150", fingerprint = "ff", gridX = 8, gridY = 8,
    l1Base = 103424, l1End = 1499136, l1Alignment = 16, dstTiles16 = 8, dstTiles32 = 4,
    maxCbs = 32, maxSemaphores = 16, dramBanks = 12, dramBankBytes = 1073741824,
    dramAlignment = 32>} {

// CHECK: model "net" device "n150" fingerprint 0x00000000000000ff grid 8x8
// CHECK-NEXT: window 0 n 1 out 8x8 in 8x8 kernel 3x3 stride 1x1 pad 1, -1 dilation 1x1 in_dilation 1x1 in_repeat 1x2
tile.window @w0 n 1 out 8x8 in 8x8 kernel 3x3 stride 1x1 pad 1, -1 dilation 1x1 in_dilation 1x1 in_repeat 1x2

// CHECK-NEXT: buffer 0 @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 address 1400832 size 4096 loc "convolutional_7"
tile.buffer @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 address 1400832 size 4096 loc(#loc)
// A splat is spelled out; the second constant begins at a multiple of 64, an equal one is shared.
// CHECK-NEXT: buffer 1 @a dram interleaved row_major bf16 1x8 shard 1x8 grid 1x1 page 32 address 0 size 32 data 0..32 loc ""
tile.buffer @a dram interleaved row_major bf16 1x8 shard 1x8 grid 1x1 page 32 address 0 size 32 data dense<1> : tensor<32xi8> loc(unknown)
// CHECK-NEXT: buffer 2 @b dram interleaved tile bfp8_b 32x32 shard 32x32 grid 1x1 page 1088 address 64 size 1088 data 64..1152
tile.buffer @b dram interleaved tile bfp8_b 32x32 shard 32x32 grid 1x1 page 1088 address 64 size 1088 data dense<2> : tensor<1088xi8> loc(unknown)

// CHECK-NEXT: program 0 @conv grid 2x1 kind "conv2d" hifi2 fp32_dest macs 1000 semaphores 2 loc "convolutional_7"
tile.program @conv grid 2x1 kind "conv2d" hifi2 fp32_dest macs 1000 args 1 per_core [5, -6] {
  // CHECK-NEXT: cb 0 in bf16 page 2048 pages 2 address 103424
  %in = tile.cb "in" bf16 page 2048 pages 2 address 103424
  // CHECK-NEXT: cb 1 out bf16 page 4096 pages 1 address 1400832 alias 0:x
  %out = tile.cb "out" bf16 page 4096 pages 1 address 1400832 alias @x
  %s0 = tile.semaphore
  %s1 = tile.semaphore
  // CHECK-NEXT: args 1 per core [5, -6]
  // CHECK-NEXT: kernel reader registers 1
  tile.kernel reader {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    // CHECK-NEXT: 0: read_window cb=0:in cb_off=0 cb_pitch=64 buffer=0:x window=0 row=0 nrows=1 tap=0 ntaps=1 col_byte=0 nbytes=64 fill=65408
    tile.read_window cb(%in) cb_off(%c0) cb_pitch(%c64) buffer(@x) window(@w0) row(%c0) nrows(%c1) tap(%c0) ntaps(%c1) col_byte(%c0) nbytes(%c64) fill(65408)
    // CHECK-NEXT: 14: read_pages cb=0:in cb_off=0 buffer=2:b row=0 col=0 nrows=1 ncols=1
    tile.read_pages cb(%in) cb_off(%c0) buffer(@b) row(%c0) col(%c0) nrows(%c1) ncols(%c1)
    // CHECK-NEXT: 23: arg dst=r0 index=0
    %a = tile.arg index(0)
    // CHECK-NEXT: 27: sem_set sem=1 value=r0
    tile.sem_set sem(%s1) value(%a)
    // CHECK-NEXT: 31: end
  }
  // CHECK-NEXT: kernel compute registers 0
  tile.kernel compute {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    // CHECK-NEXT: 0: sfpu fn=leaky_relu dst=0 count=1 p0=0.1 p1=0
    tile.sfpu leaky_relu dst(%c0) count(%c1) p0(0.1)
    // CHECK-NEXT: 7: eltwise kind=mul in0=0:in tile0=0 step0=1 in1=1:out tile1=0 step1=1 dst=0 count=1 bcast=scalar accumulate=1
    tile.eltwise mul in0(%in) tile0(%c0) step0(%c1) in1(%out) tile1(%c0) step1(%c1) dst(%c0) count(%c1) bcast(scalar) accumulate
    // CHECK-NEXT: 20: sfpu_binary kind=max a=0 b=1 out=0 count=1
    tile.sfpu_binary max a(%c0) b(%c1) out(%c0) count(%c1)
    // CHECK-NEXT: 27: pack_tiles dst=0 count=1 cb=1:out tile=0 step=1 flags=relu
    tile.pack_tiles dst(%c0) count(%c1) cb(%out) tile(%c0) step(%c1) flags(relu)
    // CHECK-NEXT: 35: end
  }
} loc(#loc)

// CHECK-NEXT: input "x" shape [1, 64, 8, 8] permutation [0, 2, 3, 1] buffer 0:x
// CHECK-NEXT: launch 0:conv
// CHECK-NEXT: free 0:x
// CHECK-NEXT: output "y" shape [64, 64] permutation [0, 1] buffer 0:x
// CHECK-NEXT: yolo_head output 0 classes 80 anchors [12, 16.5] scale_x_y 1.2 new_coords input 608x416
tile.commands "net" {
  tile.input "x" shape [1, 64, 8, 8] permutation [0, 2, 3, 1] @x
  tile.launch @conv
  tile.free @x
  tile.output "y" shape [64, 64] permutation [0, 1] @x
  tile.yolo_head output 0 classes 80 anchors [12.0, 16.5] scale_x_y 1.2 new_coords input 608x416
}
}
