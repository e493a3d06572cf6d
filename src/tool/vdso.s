# What vdso.ts puts behind the vDSO's own code. Position independent, 177 bytes; to assemble it again:
#   as --64 vdso.s -o vdso.o && objcopy -O binary -j .text vdso.o vdso.bin && xxd -p -c 32 vdso.bin
.intel_syntax noprefix
.text
# "GAUNTLET"
magic: .quad 0x54454c544e554147
# Added to what the kernel says, in ns: aligned, so that it changes at once.
shift_ns: .quad 0
.balign 16
# int clock_gettime(clock, time): of CLOCK_REALTIME and CLOCK_REALTIME_COARSE
cgt:
  mov eax,228
  syscall
  test eax,eax
  jne 9f
  test edi,edi
  je 1f
  cmp edi,5
  jne 9f
1: imul rax,[rsi],1000000000
  add rax,[rsi+8]
  add rax,[rip+shift_ns]
  cqo
  mov ecx,1000000000
  idiv rcx
  mov [rsi],rax
  mov [rsi+8],rdx
  xor eax,eax
9: ret
.balign 16
# int gettimeofday(time, zone)
gtod:
  test rsi,rsi
  je 1f
  mov qword ptr [rsi],0
1: test rdi,rdi
  je 2f
  mov rsi,rdi
  xor edi,edi
  push rsi
  call cgt
  pop rsi
  mov rax,[rsi+8]
  cqo
  mov ecx,1000
  idiv rcx
  mov [rsi+8],rax
2: xor eax,eax
  ret
.balign 16
# time_t time(time)
tm:
  push rdi
  sub rsp,16
  mov rsi,rsp
  xor edi,edi
  call cgt
  mov rax,[rsp]
  add rsp,16
  pop rdi
  test rdi,rdi
  je 1f
  mov [rdi],rax
1: ret
