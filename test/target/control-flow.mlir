// Loops, conditions, integers and their registers.
// RUN: ttc-translate --tile-to-program %s -o %t.ttp
// RUN: ttc-translate --disassemble %t.ttp | FileCheck %s

module attributes {tile.device = #tile.device<"n150", gridX = 8, gridY = 8,
    l1Base = 103424, l1End = 1499136, l1Alignment = 16, dstTiles16 = 8, dstTiles32 = 4,
    maxCbs = 32, maxSemaphores = 16, dramBanks = 12, dramBankBytes = 1073741824,
    dramAlignment = 32>} {

// Constants are immediates, wherever they stand. A value from outside a loop keeps its register until
// the loop is left (r0, r1); one of the body gives its own back after its last use (r3).
// CHECK-LABEL: program 0 @loops
tile.program @loops grid 2x2 kind "t" hifi2 macs 0 {
  %s = tile.semaphore
  tile.kernel writer {
    %c0 = arith.constant 0 : index
    %c2 = arith.constant 2 : index
    %c7 = arith.constant 7 : index
    // CHECK: kernel writer registers 4
    // CHECK-NEXT: 0: core_x dst=r0
    %x = tile.core_x
    // CHECK-NEXT: 3: add dst=r1 a=r0 b=7
    %n = arith.addi %x, %c7 : index
    // CHECK-NEXT: 8: loop iv=r2 lower=0 upper=r1 step=2 exit=36
    scf.for %i = %c0 to %n step %c2 {
      // CHECK-NEXT: 15:   mul dst=r3 a=r2 b=r0
      %a = arith.muli %i, %x : index
      // CHECK-NEXT: 20:   sem_set sem=0 value=r3
      tile.sem_set sem(%s) value(%a)
      // CHECK-NEXT: 24:   rem dst=r3 a=r2 b=7
      %b = arith.remsi %i, %c7 : index
      // CHECK-NEXT: 29:   sem_wait sem=0 value=r3
      tile.sem_wait sem(%s) value(%b)
    }
    // CHECK-NEXT: 33: end_loop begin=8
    // After the loop all are free again.
    // CHECK-NEXT: 36: core_y dst=r0
    %y = tile.core_y
    // CHECK-NEXT: 39: div dst=r1 a=r0 b=2
    %d = arith.floordivsi %y, %c2 : index
    // CHECK-NEXT: 44: sem_set sem=0 value=r1
    tile.sem_set sem(%s) value(%d)
    // CHECK-NEXT: 48: end
  }
}

// CHECK-LABEL: program 1 @conditions
tile.program @conditions grid 2x2 kind "t" hifi2 macs 0 {
  %s = tile.semaphore
  tile.kernel writer {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    // CHECK: core_index dst=r0
    %k = tile.core_index
    // CHECK-NEXT: cmp dst=r1 pred=lt a=r0 b=2
    %c = arith.cmpi slt, %k, %c2 : index
    // CHECK-NEXT: cmp dst=r2 pred=ne a=r0 b=1
    %e = arith.cmpi ne, %k, %c1 : index
    // CHECK-NEXT: mul dst=r3 a=r1 b=r2
    %both = arith.andi %c, %e : i1
    // CHECK-NEXT: {{ }}[[IF:[0-9]+]]: if cond=r3 target=[[ELSE:[0-9]+]]
    scf.if %both {
      // CHECK-NEXT: sem_set sem=0 value=1
      tile.sem_set sem(%s) value(%c1)
      // CHECK-NEXT: jump target=[[END:[0-9]+]]
    } else {
      // CHECK-NEXT: {{ }}[[ELSE]]: sem_set sem=0 value=2
      tile.sem_set sem(%s) value(%c2)
    }
    // CHECK-NEXT: {{ }}[[END]]: if cond=r1 target=[[NEXT:[0-9]+]]
    scf.if %c {
      // CHECK-NEXT: sem_set sem=0 value=0
      tile.sem_set sem(%s) value(%c0)
    }
    // CHECK-NEXT: {{ }}[[NEXT]]: select dst={{r[0-9]}} cond=r1 a=1 b=r0
    %v = arith.select %c, %c1, %k : index
    // CHECK-NEXT: min
    %m = arith.minsi %v, %k : index
    // CHECK-NEXT: max
    %n = arith.maxsi %m, %c1 : index
    // CHECK-NEXT: sub
    %o = arith.subi %n, %k : index
    // CHECK-NEXT: move dst={{r[0-9]}} value=r1
    %i = arith.index_castui %c : i1 to index
    // CHECK-NEXT: add
    %p = arith.addi %o, %i : index
    tile.sem_set sem(%s) value(%p)
  }
}

// Values carried around a loop live in one register from before it; two that change places go through
// others.
// CHECK-LABEL: program 2 @carried
tile.program @carried grid 2x2 kind "t" hifi2 macs 0 {
  %s = tile.semaphore
  tile.kernel writer {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c9 = arith.constant 9 : index
    // CHECK: kernel writer registers 5
    // CHECK-NEXT: move dst=r0 value=0
    // CHECK-NEXT: move dst=r1 value=1
    // CHECK-NEXT: loop iv=r2 lower=0 upper=9 step=1
    %r:2 = scf.for %i = %c0 to %c9 step %c1 iter_args(%a = %c0, %b = %c1) -> (index, index) {
      // CHECK-NEXT: sem_set sem=0 value=r0
      tile.sem_set sem(%s) value(%a)
      // CHECK-NEXT: move dst=r3 value=r1
      // CHECK-NEXT: move dst=r4 value=r0
      // CHECK-NEXT: move dst=r0 value=r3
      // CHECK-NEXT: move dst=r1 value=r4
      scf.yield %b, %a : index, index
    }
    // CHECK-NEXT: end_loop
    // CHECK-NEXT: sem_wait sem=0 value=r1
    tile.sem_wait sem(%s) value(%r#1)
    // CHECK-NEXT: core_x dst=r0
    %x = tile.core_x
    // CHECK-NEXT: cmp dst=r1 pred=eq a=r0 b=9
    %c = arith.cmpi eq, %x, %c9 : index
    // CHECK-NEXT: if cond=r1
    // CHECK-NEXT: move dst=r2 value=r0
    // CHECK-NEXT: jump
    // CHECK-NEXT: move dst=r2 value=9
    %v = scf.if %c -> index {
      scf.yield %x : index
    } else {
      scf.yield %c9 : index
    }
    // CHECK-NEXT: sem_wait sem=0 value=r2
    tile.sem_wait sem(%s) value(%v)
  }
}
}
