#include "go_asm.h"
#include "textflag.h"

// ROWBYTES is the size of a row of masks: 8 bytes for each of rowBlocks.
#define ROWBYTES (8*const_rowBlocks)

// ROW ors one row of the class table, which begins at off, into the class
// bytes Y5 and Y6 of the text bytes Y0 and Y1. Xor with the row's high nibble
// leaves its own bytes below 16; adding 0x70 with saturation then sets the high
// bit of all others, and for those VPSHUFB gives 0.
#define ROW(off) \
	VPXOR    off(SI), Y0, Y2     \
	VPXOR    off(SI), Y1, Y3     \
	VPADDUSB Y15, Y2, Y2         \
	VPADDUSB Y15, Y3, Y3         \
	VMOVDQU  (off+32)(SI), Y4    \
	VPSHUFB  Y2, Y4, Y2          \
	VPSHUFB  Y3, Y4, Y3          \
	VPOR     Y2, Y5, Y5          \
	VPOR     Y3, Y6, Y6

// PLANE stores the mask of one plane, the high bits of the class bytes, and
// moves the next plane's bits up.
#define PLANE(p) \
	VPMOVMSKB Y5, AX             \
	VPMOVMSKB Y6, DX             \
	SHLQ      $32, DX            \
	ORQ       DX, AX             \
	MOVQ      AX, (ROWBYTES*p)(DI)      \
	VPADDB    Y5, Y5, Y5         \
	VPADDB    Y6, Y6, Y6

// func classifyAVX2(dst *uint64, text *byte, blocks int, rows *vectorRows)
TEXT ·classifyAVX2(SB), NOSPLIT, $0-32
	MOVQ    dst+0(FP), DI
	MOVQ    text+8(FP), BX
	MOVQ    blocks+16(FP), CX
	MOVQ    rows+24(FP), SI
	MOVL    $0x70707070, AX
	VMOVD   AX, X15
	VPBROADCASTD X15, Y15
	VPXOR   Y13, Y13, Y13
	VMOVDQU (SI), Y14        // the classes of a byte beyond ASCII
	ADDQ    $32, SI

block:
	VMOVDQU  (BX), Y0
	VMOVDQU  32(BX), Y1
	VPCMPGTB Y0, Y13, Y5     // the sign is the high bit
	VPCMPGTB Y1, Y13, Y6
	VPAND    Y14, Y5, Y5
	VPAND    Y14, Y6, Y6
	ROW(0)
	ROW(64)
	ROW(128)
	ROW(192)
	ROW(256)
	ROW(320)
	ROW(384)
	ROW(448)
	PLANE(7)
	PLANE(6)
	PLANE(5)
	PLANE(4)
	PLANE(3)
	PLANE(2)
	PLANE(1)
	PLANE(0)
	ADDQ $64, BX
	ADDQ $8, DI
	DECQ CX
	JNZ  block
	VZEROUPPER
	RET

// The planes of four blocks, from the block at DI on; 8 less is that of the
// blocks before, 8 more that of the blocks after.
#define DIGIT (0*ROWBYTES)
#define SEP   (1*ROWBYTES)
#define BLANK (2*ROWBYTES)
#define WORD  (3*ROWBYTES)
#define UPPER (4*ROWBYTES)
#define START (5*ROWBYTES)
#define LOW   (6*ROWBYTES)

// RIGHT and LEFT are the functions of those names.
#define RIGHT(cur, next, k, dst, tmp) \
	VPSRLQ $k, cur, dst          \
	VPSLLQ $(64-k), next, tmp    \
	VPOR   tmp, dst, dst

#define LEFT(cur, prev, k, dst, tmp) \
	VPSLLQ $k, cur, dst          \
	VPSRLQ $(64-k), prev, tmp    \
	VPOR   tmp, dst, dst

// func numbersAVX2(dst *[window]uint64, m *masks, fours int)
//
// It is the function numbers, step by step in its words.
TEXT ·numbersAVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), SI
	MOVQ m+8(FP), DI
	MOVQ fours+16(FP), CX
	ADDQ $8, DI

four:
	VMOVDQU DIGIT(DI), Y0              // d
	VMOVDQU (DIGIT-8)(DI), Y13
	LEFT(Y0, Y13, 1, Y2, Y3)
	VPANDN  Y0, Y2, Y14                // run
	VPTEST  Y14, Y14
	JZ      none
	VMOVDQU (DIGIT+8)(DI), Y1          // nd
	RIGHT(Y0, Y1, 1, Y3, Y4)
	VPAND   Y0, Y3, Y4                 // d2
	VPAND   SEP(DI), Y2, Y2
	VPAND   Y3, Y2, Y2
	VPOR    Y0, Y2, Y2                 // g
	VPSRLQ  $1, Y1, Y3
	VPAND   Y1, Y3, Y5                 // nd2
	LEFT(Y1, Y0, 1, Y6, Y7)
	VPAND   Y3, Y6, Y6
	VPAND   (SEP+8)(DI), Y6, Y6
	VPOR    Y1, Y6, Y3                 // ng
	RIGHT(Y4, Y5, 2, Y6, Y7)
	VPAND   Y4, Y6, Y6                 // d4
	VPSRLQ  $2, Y5, Y7
	VPAND   Y5, Y7, Y7                 // nd4
	RIGHT(Y4, Y5, 4, Y8, Y9)
	VPAND   Y6, Y8, Y4                 // d6

	RIGHT(Y2, Y3, 1, Y8, Y9)
	VPAND   Y2, Y8, Y8                 // g2
	VPSRLQ  $1, Y3, Y9
	VPAND   Y3, Y9, Y9                 // ng2
	RIGHT(Y8, Y9, 2, Y10, Y11)
	VPAND   Y8, Y10, Y8                // g4
	VPSRLQ  $2, Y9, Y10
	VPAND   Y9, Y10, Y9                // ng4
	RIGHT(Y8, Y9, 4, Y10, Y11)
	VPAND   Y10, Y8, Y8                // g8
	VMOVDQU BLANK(DI), Y9
	VPANDN  SEP(DI), Y9, Y9            // hard
	VMOVDQU (BLANK-8)(DI), Y10
	VPANDN  (SEP-8)(DI), Y10, Y10      // phard
	LEFT(Y9, Y10, 1, Y11, Y12)
	VPANDN  START(DI), Y11, Y11
	VMOVDQU BLANK(DI), Y9
	VMOVDQU (BLANK+8)(DI), Y10
	RIGHT(Y9, Y10, 2, Y12, Y5)
	VPOR    Y12, Y11, Y11
	RIGHT(Y9, Y10, 3, Y12, Y5)
	VPOR    Y12, Y11, Y11
	RIGHT(Y9, Y10, 4, Y12, Y5)
	VPOR    Y12, Y11, Y11
	VPAND   Y8, Y11, Y15               // phone

	VPAND   LOW(DI), Y0, Y8            // low
	VPAND   (LOW+8)(DI), Y1, Y9        // nlow
	RIGHT(Y8, Y9, 2, Y10, Y5)          // month
	RIGHT(Y8, Y9, 4, Y11, Y5)          // monthAfterCentury
	RIGHT(Y0, Y1, 11, Y8, Y5)
	RIGHT(Y6, Y7, 7, Y9, Y5)
	VPAND   Y8, Y9, Y9                 // five
	VPOR    Y10, Y9, Y9
	RIGHT(Y0, Y1, 10, Y12, Y5)         // r10
	VPANDN  Y12, Y8, Y8                // eleven
	VPOR    Y10, Y8, Y8
	VPOR    Y11, Y8, Y8
	RIGHT(Y0, Y1, 12, Y12, Y5)         // r12
	VPOR    Y12, Y8, Y8
	RIGHT(Y0, Y1, 6, Y10, Y5)          // r6
	VPOR    WORD(DI), Y2, Y11
	VPOR    (WORD+8)(DI), Y3, Y12
	RIGHT(Y11, Y12, 6, Y13, Y5)
	VPAND   Y13, Y9, Y9
	VPAND   Y4, Y9, Y9
	VPANDN  Y9, Y10, Y9                // six
	VPOR    Y9, Y15, Y15

	VPAND   Y4, Y10, Y10
	RIGHT(Y0, Y1, 7, Y11, Y5)
	VPAND   Y11, Y10, Y10
	RIGHT(Y0, Y1, 8, Y11, Y5)
	RIGHT(Y0, Y1, 9, Y12, Y5)
	VPANDN  Y11, Y12, Y11              // the eighth without the ninth: nine digits
	VPANDN  Y10, Y11, Y10
	VPAND   Y8, Y10, Y10               // long
	VPOR    Y10, Y15, Y15

	VMOVDQU SEP(DI), Y8
	VMOVDQU (SEP+8)(DI), Y9
	RIGHT(Y8, Y9, 4, Y10, Y5)
	VPAND   Y6, Y10, Y10
	RIGHT(Y8, Y9, 9, Y11, Y5)
	VPAND   Y11, Y10, Y10
	RIGHT(Y6, Y7, 5, Y11, Y5)
	VPAND   Y11, Y10, Y10
	RIGHT(Y6, Y7, 10, Y11, Y5)
	VPAND   Y11, Y10, Y10              // fours
	VPOR    Y10, Y15, Y15

	VMOVDQU SEP(DI), Y8
	VPAND   START(DI), Y8, Y8
	VMOVDQU (SEP-8)(DI), Y9
	VPAND   (START-8)(DI), Y9, Y9
	LEFT(Y8, Y9, 1, Y10, Y5)           // plus
	VPOR    Y10, Y15, Y15
	VMOVDQU WORD(DI), Y8
	VMOVDQU (WORD-8)(DI), Y9
	LEFT(Y8, Y9, 1, Y10, Y5)
	VPANDN  Y15, Y10, Y15

	VPOR    Y0, Y8, Y8
	VPOR    (DIGIT-8)(DI), Y9, Y9
	LEFT(Y8, Y9, 3, Y10, Y5)
	VMOVDQU UPPER(DI), Y8
	VMOVDQU (UPPER-8)(DI), Y9
	LEFT(Y8, Y9, 1, Y11, Y5)
	LEFT(Y8, Y9, 2, Y12, Y5)
	VPAND   Y12, Y11, Y11
	VPANDN  Y11, Y10, Y11              // afterTwo
	VPOR    Y11, Y15, Y15
	VPAND   Y14, Y15, Y14

none:
	VMOVDQU Y14, (SI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	DECQ    CX
	JNZ     four
	VZEROUPPER
	RET
