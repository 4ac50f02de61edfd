// The second pass: from IR to code, one instruction at a time, top-down. It knows where every value is: a local has its frame
// slot and perhaps, in the current region, a register; a temporary has one of the registers that are left, or its slot. Nothing
// is ever shuffled between registers. A register that holds a local may be newer than the slot (dirty), or older (invalid,
// after a call); at joins the edges agree on what holds for all, and an edge that must save or load something on the
// way gets a piece of code of its own.
//
// Values wait. A comparison, or the sum of a value and a constant, is not computed when it occurs but kept (Pending) until its
// consumer decides: a branch takes the comparison over, a load or store the sum. Whatever does not fold is emitted just
// before its consumer, or before anything it depends on changes.
#pragma once

#include "base/choose.h"
#include "base/error.h"
#include "interp/code.h"
#include "interp/encode/emitter.h"
#include "interp/encode/options.h"
#include "interp/encode/plan.h"
#include "interp/selection.h"

namespace umber::interp {

class Encoder {
 public:
  explicit Encoder(Allocator& allocator);

  /// Encodes a function: header and instructions, valid until the next call.
  [[nodiscard]] Result<std::span<const Code>> encode(const ir::Function& function, EncodeOptions options);

  /// Wasm offset of the instruction whose code contains `position` (counted from the header): encodes the function again
  /// and looks. 0 if that fails.
  [[nodiscard]] uint32_t offset_at(const ir::Function& function, EncodeOptions options, uint32_t position);

 private:
  static constexpr uint32_t kNone = 0xffff'ffff;
  static constexpr unsigned kMaxPending = 4;

  /// What the registers hold; a bit for each in every mask, and none in more than one of the first three.
  struct Registers {
    uint32_t locals = 0;       ///< for a local of the current region
    uint32_t temporaries = 0;
    uint32_t held = 0;         ///< operand of a Pending
    uint32_t lent = 0;         ///< of those for locals: whose local is written before it is read again; a temporary may have it until then
    uint32_t valid = 0;        ///< a local that it holds the value of; otherwise the slot does
    uint32_t dirty = 0;        ///< a local that is newer than its slot
    uint32_t slot[kRegArray];  ///< of the local or temporary, in the IR
  };
  /// A loop, or the function around all: which local each register is for.
  struct Region {
    uint32_t loop;
    uint32_t end;               ///< index behind its last instruction
    uint32_t assigned;          ///< registers for locals
    uint32_t local_of[kRegs];   ///< kNoSlot: for temporaries
  };
  /// What is true of the registers at a label.
  struct Snapshot {
    bool set = false;
    uint32_t valid = 0;       ///< of locals
    uint32_t dirty = 0;
    uint32_t temporaries = 0;
    uint32_t top = 0;         ///< see top_
    uint32_t slot[kRegs];     ///< of each temporary
  };
  struct Label {
    uint32_t position = Emitter::kNoCode;  ///< loop headers, and labels once passed
    uint32_t chain = Emitter::kNoCode;     ///< branches that wait for it
    uint32_t weight = 0;                   ///< loop headers: fuel
    Snapshot snapshot;
  };
  /// What an edge must do on its way.
  struct EdgeFix {
    uint32_t save = 0;
    uint32_t load = 0;
    uint16_t save_slots[kRegs];
    uint16_t load_slots[kRegs];
    [[nodiscard]] bool empty() const { return (save | load) == 0; }
  };
  /// The code of such an edge, emitted behind the function.
  struct Stub {
    uint32_t chain;
    uint32_t label;
    uint32_t offset;
    EdgeFix fix;
  };
  struct Pending {
    enum Kind : uint8_t {
      Empty,
      Linear,        ///< i32: a + (b << shift) + imm; without b: a + imm; without a: b is scaled
      Shift,         ///< op: a shifted by imm
      Load,          ///< op: memory[u32(b + addend) + imm]; so the other two that load
      Mul,           ///< op: a * b, floats
      MulLoad,       ///< op: a * memory[b …], floats
      CompareInt,    ///< op: a compared with b
      CompareFloat,
      CompareLoad,   ///< `test` of kBranchInt: memory[a …] compared with b; `narrow`: one byte
      Truth,         ///< a is not zero
      Mask,          ///< a & b is not zero
    } kind = Empty;
    ir::Op op{};
    ir::Type type = ir::Type::I32;  ///< of the value
    uint8_t shift = 0;
    uint8_t test = 0;
    bool negated = false;  ///< comparisons: the opposite
    bool truth = false;    ///< Mask: zero or one is wanted, no longer a & b
    bool wide = false;     ///< of 64-bit operands
    bool narrow = false;
    bool exposed = false;  ///< an operand lies in a slot that the next temporary may take
    bool in_own = false;   ///< an operand lies in the slot that the value itself has: exposed once another takes it over
    uint32_t dst = 0;
    uint32_t offset = 0;   ///< of the Wasm instruction
    Place a, b;
    uint32_t imm = 0;
    uint32_t addend = 0;
    uint32_t locals[3] = {kNone, kNone, kNone};  ///< that it reads
    uint32_t held = 0;     ///< registers kept for it
    /// Whether it is exposed as part of a value for the temporary `slot`.
    [[nodiscard]] bool exposed_for(uint32_t slot) const { return exposed || (in_own && dst != slot); }
    [[nodiscard]] bool loads() const { return kind == Load || kind == MulLoad || kind == CompareLoad; }
  };
  /// A branch's or select's condition, ready to be emitted.
  struct Condition {
    const Family* family = nullptr;
    unsigned test = 0;
    unsigned count = 0;
    Place a, b;
    bool loads = false;       ///< kFamBranchLoad
    uint32_t load_addend = 0;
    uint32_t load_offset = 0;
    uint32_t load_at = 0;     ///< Wasm offset of the load
  };
  /// base + (index << shift) + addend
  struct Address {
    Place base;    ///< None: there is only a scaled index
    Place index;   ///< None: no index
    uint8_t shift = 0;
    bool has_addend = false;
    uint32_t addend = 0;
    /// What is added to a base given beside it.
    [[nodiscard]] static Address plus(uint32_t addend) {
      Address address;
      address.has_addend = addend != 0;
      address.addend = addend;
      return address;
    }
  };
  /// The last instruction, if what follows can be joined to it.
  struct Last {
    enum Kind : uint8_t {
      None,
      Increment,  ///< place += imm
      Sum,        ///< place = from + imm
      Sum2,       ///< place, a temporary, = from + second.from
      Step,       ///< place = from, then from += imm
      Increment2, ///< place += imm, second.to += addend
      Accumulate, ///< place += from
      Load,       ///< place = memory[from + imm]; op of kLoadInt
      LoadOp,     ///< place = from op memory[u32(second.from + addend) + imm]; op of `family`
      Op,         ///< place, a temporary, = from op second.from; op of `family`
      Move,       ///< place = from
      Move2,      ///< and then second.to = second.from
      GlobalGet,  ///< place, a temporary, = the global at the byte offset imm
      GlobalSum,  ///< place = that global + addend
      Field,      ///< place, a temporary, = (from >> addend) & imm, 32 bits
      Element,    ///< place, a temporary, = memory[u32(from + (second.from << k) + addend) + imm]; op of kBranchedElements
      VectorTest, ///< place = a test of from; op of kVectorOps<VectorShape::Test>
      FloatLoad,  ///< place, a temporary, = memory[u32(from + addend) + imm]
      Product,    ///< place, a temporary, = memory[target] + from * second.from, or - (op 1), which `family` writes back there; its
                  ///< second factor may be memory[u32(second.from + addend) + imm]
    } kind = None;
    uint32_t start = 0;
    uint32_t end = 0;
    Place place;
    uint32_t imm = 0;
    uint32_t addend = 0;
    Place from;
    struct {
      Place to, from;
    } second;
    uint8_t op = 0;
    const Family* family = nullptr;
    struct {
      Place base;
      uint32_t addend = 0;
      uint32_t offset = 0;
      uint32_t second_at = 0;  ///< Wasm offset of what accesses memory second
    } target = {};
  };
  /// What the vector register holds: the value that belongs in a slot. Vectors have no other register, and no part in regions and edges:
  /// at labels and calls the register is forgotten.
  struct HeldVector {
    uint32_t slot = kNone;  ///< of the frame
    bool is_stored = true;  ///< the slot has the value as well; otherwise only the next instruction reads it
  };
  /// A vector instruction as it is, or may again be, emitted. places[0] is its result's.
  struct VectorInst {
    const Family* family = nullptr;
    unsigned op = 0;
    unsigned count = 0;  ///< of places
    Place places[4];
    PlainFields fields;
    uint32_t start = 0;
    uint32_t end = 0;
  };
  /// The last br_table that stands where a loop begins, as a jump back to it takes it over.
  struct HeaderTable {
    uint32_t position = Emitter::kNoCode;
    const Family* family = nullptr;
    uint8_t op = 0;
    Place places[2];
    uint32_t offset = 0;  ///< Wasm offset of what may trap
  };
  /// Where a draft's frame goes on at a loop's header.
  struct LoopEntry {
    uint32_t position;
    uint32_t load;          ///< registers that the loop's code expects to be loaded
    uint16_t slots[kRegs];
  };
  /// A comparison with a constant: one of the first six of kBranchInt.
  struct ConstantTest {
    bool exists = false;
    unsigned test = 0;
    uint32_t bound = 0;
  };

  // encoder.cc: driver, slots and registers
  [[nodiscard]] bool run(const ir::Function& function, EncodeOptions options);
  void begin(const ir::Function& function, EncodeOptions options);
  [[nodiscard]] bool place_slots(const ir::Function& function);
  void write_header();
  /// Code from here on belongs to the Wasm instruction at `offset`.
  void mark(uint32_t offset) {
    if (probe_ != kNone && emitter_.position() <= probe_) probe_offset_ = offset;
  }
  /// The second access to memory of the last instruction belongs to the Wasm instruction at `offset`.
  void mark_second(uint32_t offset);
  void encode_inst(const ir::Inst& inst);
  void keep_track(const ir::Inst& inst);
  void encode_own(const ir::Inst& inst);
  void encode_exit(uint32_t first);
  [[nodiscard]] uint32_t physical(uint32_t slot) const { return slot + choose(slot < param_slots_, 0u, slot_shift_); }
  [[nodiscard]] bool is_temporary(uint32_t slot) const { return slot >= local_slots_; }
  [[nodiscard]] bool is_temporary(ir::Operand operand) const { return operand.bits() - local_slots_ < temporaries_; }
  [[nodiscard]] uint64_t constant(ir::Operand operand) const { return function_->constants[operand.constant_idx()]; }
  [[nodiscard]] const ir::Inst* following() const {
    return index_ + 1 < function_->insts.size() ? &function_->insts[index_ + 1] : nullptr;
  }
  /// Where an operand is now; computes it if it is pending.
  [[nodiscard]] Place use(ir::Operand operand) {
    const bool is_constant = !operand.is_slot();
    const Spot spot = spots_[operand.bits() + choose(is_constant, first_constant_, 0u)];
    if (spot.kind == Spot::None) [[unlikely]] return use_pending(operand);
    return {spot, constants_[choose(is_constant, operand.constant_idx(), 0u)]};
  }
  [[nodiscard, gnu::noinline]] Place use_pending(ir::Operand operand);
  /// The slot of an operand, after a save if need be.
  [[nodiscard]] uint32_t use_slot(ir::Operand operand, ir::Type type);
  /// The same for a handler that reads 64 bits whatever the type is.
  [[nodiscard]] uint32_t use_wide_slot(ir::Operand operand, ir::Type type);
  /// After its use: a temporary's register is free.
  void release(ir::Operand operand) {
    if (!keeps_operands_) release_temporary(choose(is_temporary(operand), operand.slot(), spare_));
  }
  void release(const ir::Inst& inst) {
    release(inst.a);
    if (!inst.b.is_none()) release(inst.b);
    if (!inst.c.is_none()) release(inst.c);
  }
  void release_temporary(uint32_t slot) {
    forget_temporary(slot);
    top_ = slot < top_ ? slot : top_;
  }
  void release_list(std::span<const uint32_t> items);
  /// Where a result goes. The operands must be released.
  [[nodiscard]] Place define(uint32_t slot, ir::Type type);
  /// The same, in the register `wanted` if it is one and free.
  [[nodiscard]] Place define_in(const Place& wanted, uint32_t slot, ir::Type type);
  [[nodiscard]] bool is_replaced(uint32_t local, uint32_t temporary) const;
  void lend(ir::Operand local, const Place& place, uint32_t temporary);
  /// The same for results that must lie in a slot: `finish_slot` moves a local on to its register.
  [[nodiscard]] uint32_t define_slot(uint32_t slot, ir::Type type);
  void finish_slot(uint32_t slot, ir::Type type);
  void forget_temporary(uint32_t slot) {
    Spot& spot = spots_[slot];
    if (spot.kind == Spot::None) [[unlikely]] discard(pending_[spot.number]);
    regs_.temporaries &= ~bit_of(spot.number);
    spot = Spot::in_slot(spot.slot);
  }
  [[nodiscard]] int take_register(ir::Type type) const {
    const uint32_t free = usable_[static_cast<unsigned>(type)] & ~(regs_.locals | regs_.temporaries | regs_.held);
    return free == 0 ? -1 : std::countr_zero(free);
  }
  /// The bit of a register in a mask; of none, one that is never set.
  [[nodiscard]] static uint32_t bit_of(int reg) { return 1u << (static_cast<uint32_t>(reg) & 31); }
  void move_to_slot(uint32_t slot) { spots_[slot] = Spot::in_slot(spots_[slot].slot); }
  void move_to_reg(uint32_t slot, unsigned reg) { spots_[slot] = Spot::in_reg(reg, spots_[slot].slot); }
  void set_temporary(unsigned reg, uint32_t slot);
  void free_held(uint32_t mask) { regs_.held &= ~mask; }

  /// Whether the current instruction's result, a temporary, is better computed into its slot. In a draft, for which nobody has looked
  /// further ahead: whether it is not used at once.
  [[nodiscard]] bool belongs_in_slot(uint32_t slot) const {
    return is_draft() ? !is_consumed_next(slot) : plan_.to_slot(index_);
  }

  // pending.cc: values that wait
  [[nodiscard]] bool can_wait(const ir::Inst& inst) const;
  [[nodiscard]] bool keep_pending(const ir::Inst& inst, Pending::Kind kind);
  [[nodiscard]] Pending new_pending(const ir::Inst& inst, Pending::Kind kind) const;
  [[nodiscard]] bool is_exposed(ir::Operand operand, const Place& place, uint32_t dst) const;
  /// Whether the next instruction has the value as an operand; one in a list does not count.
  [[nodiscard]] bool is_consumed_next(uint32_t slot) const {
    const ir::Inst* next = following();
    const ir::Operand value = ir::Operand::slot(slot);
    return next != nullptr && (next->a == value || next->b == value || next->c == value);
  }
  [[nodiscard]] bool is_tested_next(uint32_t slot) const;
  void add_pending(const Pending& pending);
  void hold(Pending& pending, ir::Operand operand, const Place& place);
  void absorb(Pending& pending, ir::Operand operand);
  void flush(Pending& pending);
  void flush_all();
  void flush_readers_of(uint32_t local_slot);
  void flush_loads(const ir::Inst& inst);
  void discard(Pending& pending);
  [[nodiscard]] Pending* pending_of(ir::Operand operand) {
    if (pending_count_ == 0 || !operand.is_slot()) return nullptr;
    const Spot& spot = spots_[operand.slot()];
    return spot.kind == Spot::None ? &pending_[spot.number] : nullptr;
  }
  [[nodiscard]] Pending* pending_of(ir::Operand operand, Pending::Kind kind) {
    Pending* const pending = pending_of(operand);
    return pending != nullptr && pending->kind == kind ? pending : nullptr;
  }
  void emit_value(const Pending& pending, const Place& dst);
  void emit_linear(const Pending& pending, const Place& dst);
  void emit_sum(const Pending& pending, const Place& dst);

  // conditions.cc: comparisons and the branches that take them over
  [[nodiscard]] Condition condition_of(ir::Operand operand, bool negate);
  [[nodiscard]] static Condition condition_of(const Pending& pending, bool negate);
  [[nodiscard]] bool keep_compare_load(const ir::Inst& inst);
  [[nodiscard]] static bool can_test_load(unsigned test, const Place& other);
  void emit_comparison(const Pending& pending, const Place& dst);
  void emit_compare_int(unsigned op, const Place& dst, const Place& first, const Place& second);
  void branch(const Condition& condition, uint32_t label);
  void emit_branch(const Condition& condition, bool back, uint32_t weight);
  [[nodiscard]] Condition loaded(const Condition& condition);
  [[nodiscard]] bool branch_on_increment(const Condition& condition, const Label& label);

  // fuse.cc: operations with folded operands
  void encode_sum(const ir::Inst& inst);
  [[nodiscard]] bool encode_shifted(const ir::Inst& inst);
  [[nodiscard]] bool encode_field(const ir::Inst& inst);
  [[nodiscard]] bool encode_masked_sum(const ir::Inst& inst);
  [[nodiscard]] bool encode_load_op(const ir::Inst& inst);
  void emit_load_op(const ir::Inst& inst, ir::Operand loaded, const Place& other, const Family& family, unsigned op);
  [[nodiscard]] bool encode_fused_float(const ir::Inst& inst);
  [[nodiscard]] bool encode_float_load_op(const ir::Inst& inst, bool wide);
  [[nodiscard]] bool keep_product(const ir::Inst& inst);
  [[nodiscard]] bool encode_mul_add(const ir::Inst& inst, bool wide);
  void emit_add(const Place& dst, const Place& a, const Place& b);
  void emit_increment(const Place& place, uint32_t imm);
  void emit_copy(ir::Type type, const Place& to, const Place& from);
  /// Takes the last instruction back, to emit it again with what follows it. Its record is gone too: the new instruction may be as long.
  Last take_back() {
    const Last last = last_;
    emitter_.rewind(last.start);
    last_.kind = Last::None;
    return last;
  }
  /// Whether there may be something to take back: a first look, to save a longer one.
  [[nodiscard]] bool may_take_back() const { return last_.end == emitter_.position(); }
  /// Whether the last instruction is of this kind and can be taken back.
  [[nodiscard]] bool follows(Last::Kind kind) const {
    return applies(Technique::Pairs) && last_.kind == kind && last_.end == emitter_.position();
  }

  // pairs.cc: two instructions in one
  void note_load(uint32_t start, const Place& dst, const Place& base, unsigned op, uint32_t offset);
  /// Whether the current instruction's result may be of use for a note: a store, or another operation, reads it next.
  [[nodiscard]] bool is_worth_a_note(uint32_t dst) const { return is_temporary(dst) && is_consumed_next(dst); }
  void note_op(uint32_t start, const Place& dst, const Place& a, const Place& b, const Family& family, unsigned op);
  void note_load_op(const Place& dst, const Place& a, const Pending& load, const Family& family, unsigned op);
  [[nodiscard]] static ConstantTest constant_test(const Condition& condition);
  [[nodiscard]] bool branch_on_load(const Condition& condition, bool back, uint32_t weight);
  [[nodiscard]] bool branch_on_count(const Condition& condition, const Label& label);
  [[nodiscard]] bool branch_on_sum(const Condition& condition, bool back, uint32_t weight);
  [[nodiscard]] bool branch_on_mask(const Condition& condition);
  [[nodiscard]] bool branch_on_element(const Condition& condition);
  [[nodiscard]] bool join_step(const Place& dst, const Place& a, uint32_t imm);
  [[nodiscard]] bool join_step_table(const Pending& load, uint32_t last);
  [[nodiscard]] bool join_ops(const ir::Inst& inst);
  [[nodiscard]] bool join_charge(uint32_t weight);
  [[nodiscard]] bool join_return(const Place& value, ir::Type type);
  [[nodiscard]] bool encode_joined_store(const ir::Inst& inst);
  [[nodiscard]] bool encode_stored_sum(const ir::Inst& inst, const Place& base, uint32_t addend);
  [[nodiscard]] bool encode_update(const ir::Inst& inst, const Place& base, uint32_t addend);
  [[nodiscard]] bool encode_stored_op(const ir::Inst& inst, const Place& base, uint32_t addend);

  // pairs_memory.cc: the same, where memory is read
  [[nodiscard]] bool join_load(ir::Op op, uint32_t offset, const Place& dst, const Place& base, bool is_last_use, uint32_t at);
  [[nodiscard]] bool join_byte_index(const ir::Inst& inst, const Place& dst, const Address& address, uint32_t held);
  [[nodiscard]] bool encode_memory_copy(const ir::Inst& inst, const Place& base, uint32_t addend);
  void note_element(uint32_t start, const ir::Inst& inst, const Place& dst, const Address& address);
  void note_float_load(uint32_t start, const Place& dst, const Pending& load);
  void note_product(const Last& load, const ir::Inst& inst, const Place& dst, const Pending& product);
  [[nodiscard]] bool encode_dot(const ir::Inst& inst, const Place& dst, const Place& sum, const Pending& product);
  [[nodiscard]] bool encode_stored_product(const ir::Inst& inst, const Place& base, uint32_t addend);

  // edges.cc: regions, labels, branches
  void open_body();
  void enter_loop(const ir::Inst& inst);
  void leave_regions();
  void assign(const RegionPlan& plan, const Region& outer, Region& out) const;
  [[nodiscard]] Snapshot transfer(const Region& target, EdgeFix& fix) const;
  [[nodiscard]] EdgeFix cross(uint32_t label);
  [[nodiscard]] EdgeFix cross_back(const Label& label) const;
  void adopt(const Region& region, const Snapshot& snapshot);
  void restore(const Snapshot& snapshot);
  [[nodiscard]] Snapshot empty_snapshot() const;
  void emit_fix(const EdgeFix& fix);
  void emit_fix_then(const EdgeFix& fix, const Family& loading, Single plain, std::span<const uint32_t> words);
  void bind(const ir::Inst& inst);
  void jump(uint32_t label);
  [[nodiscard]] uint32_t exit_at(uint32_t label) const;
  [[nodiscard]] bool join_jump(std::span<const uint32_t> words);
  void branch_table(const ir::Inst& inst);
  void note_table(const Family& family, unsigned op, const Place& a, const Place& b, uint32_t offset);
  [[nodiscard]] bool join_table(const Label& label);
  void emit_stubs();
  void save_all();
  void invalidate_locals();

  // drafts.cc
  [[nodiscard]] bool is_draft() const { return kHasDrafts && version_ == Version::Draft; }
  [[nodiscard]] bool is_successor() const { return kHasDrafts && version_ == Version::Successor; }
  void count_visit(uint32_t loop);
  void note_loop_entry(const Region& region);
  void emit_loop_entries();

  // select.cc: instructions with register forms
  [[nodiscard]] bool keep_shift(const ir::Inst& inst);
  void encode_plus(const ir::Inst& inst, unsigned op);
  void encode_int(const ir::Inst& inst, const Family& family, unsigned op);
  void encode_compare_int(const ir::Inst& inst, unsigned op);
  void encode_float(const ir::Inst& inst, const Family& family, unsigned op);
  void encode_unary(const ir::Inst& inst, const Family& family, unsigned op);
  void encode_load(const ir::Inst& inst, Selection selection);
  void encode_store(const ir::Inst& inst, Selection selection);
  [[nodiscard]] bool is_fused_memory() const { return registers_ && memory_ == &kGuardedMemory; }
  [[nodiscard]] bool keep_load(const ir::Inst& inst, const Address& address);
  [[nodiscard]] Address address_of(const ir::Inst& inst, int (*index_of)(wasm::Op op, unsigned shift));
  [[nodiscard]] bool is_plain_access(const ir::Inst& inst) const;
  [[nodiscard]] bool has_64bit_address(const ir::Inst& inst) const;
  void emit_access(const Family& family, unsigned op, const Place (&places)[2], const Address& address, uint32_t offset);
  void encode_copy(const ir::Inst& inst);
  void encode_select(const ir::Inst& inst);
  [[nodiscard]] bool encode_global_sum(const ir::Inst& inst, uint32_t cell);
  void encode_global(const ir::Inst& inst);

  // vectors.cc
  [[nodiscard]] Place use_vector(ir::Operand operand);
  struct VectorOperation;
  [[nodiscard]] VectorOperation vector_operation(const ir::Inst& inst, Selection selection) const;
  void fit_vectors(const VectorOperation& operation, Place (&places)[4]);
  void drop_unused(ir::Operand lanes, Place (&places)[4]) const;
  void add_vector(PlainFields& fields, ir::Operand operand) const;
  [[nodiscard]] Place define_vector(const ir::Inst& inst);
  [[nodiscard]] bool is_taken_next(uint32_t slot) const;
  void encode_vector(const ir::Inst& inst, Selection selection);
  void encode_vector_access(const ir::Inst& inst, Selection selection);
  void encode_indexed_vector(const ir::Inst& inst, const Place& value, Address address);
  void emit_vector(VectorInst& vector, const ir::Inst& inst);

  // vector_pairs.cc: vector instructions in one
  [[nodiscard]] bool follows_vector(const Family& family) const {
    return applies(Technique::Pairs) && !vector_.is_stored && joined_.family == &family && joined_.end == emitter_.position();
  }
  void join_vectors(VectorInst& next);
  [[nodiscard]] bool join_memory_operand(VectorInst& next, unsigned taken);
  [[nodiscard]] bool join_product(VectorInst& next, unsigned taken);
  [[nodiscard]] bool join_extension(VectorInst& next);
  [[nodiscard]] bool branch_on_vector(const Condition& condition, bool back, uint32_t weight);
  [[nodiscard]] bool join_vector_store(const ir::Inst& inst, const Address& address);
  void take_back_vector() {
    emitter_.rewind(joined_.start);
    last_.kind = Last::None;
    vector_ = {};
  }

  // slots.cc: instructions with all operands in slots
  void encode_access(const ir::Inst& inst, const Family& family);
  void encode_single(const ir::Inst& inst);
  void encode_wide(const ir::Inst& inst, Single op, unsigned operands);
  void encode_unsupported(const ir::Inst& inst);
  [[nodiscard]] uint32_t use_address(ir::Operand operand, char letter, const ir::Inst& inst);

  // objects.cc
  void encode_object(const ir::Inst& inst);
  void encode_unary_ref(const ir::Inst& inst, const Family& family, unsigned op, std::initializer_list<uint32_t> words = {});
  void encode_new(const ir::Inst& inst, unsigned op, bool has_segment);
  void encode_new_of_list(const ir::Inst& inst);
  void encode_field_get(const ir::Inst& inst);
  void encode_field_set(const ir::Inst& inst);
  void encode_array_range(const ir::Inst& inst);

  // exceptions.cc
  void open_landings();
  void encode_throw(const ir::Inst& inst);
  void write_handlers();

  // calls.cc
  void encode_call(const ir::Inst& inst);
  void emit_call(const ir::Inst& inst, uint32_t first, uint32_t link);
  [[nodiscard]] bool encode_sum_call(const ir::Inst& inst, uint32_t first, uint32_t link);
  [[nodiscard]] bool encode_joined_call(const ir::Inst& inst, uint32_t first, uint32_t link);
  void encode_tail_call(const ir::Inst& inst);
  void encode_return(const ir::Inst& inst);
  [[nodiscard]] uint32_t place_arguments(const ir::Inst& inst);
  void take_results(const ir::Inst& inst, const wasm::FuncType& type, uint32_t base);
  void need_frame(uint32_t slots) {
    if (slots > frame_slots_) frame_slots_ = slots;
  }

  Emitter emitter_;
  Plan plan_;
  const ir::Function* function_ = nullptr;
  const MemoryFamilies* memory_ = nullptr;
  bool registers_ = true;
  bool joins_ = true;  ///< values may wait; implied by registers_
  Version version_ = Version::Only;
  uint16_t patience_ = 0;
  /// By slot: where its value is; None: in the Pending of this number. Then one more, `spare_`: what concerns no slot is done to it,
  /// because whether an operand is a temporary, a local or a constant is as random as code is, and a wrong guess costs more
  /// than the work. Then by constant.
  Vec<Spot> spots_;
  Vec<int8_t> local_regs_;   ///< by slot of a local: its register in the current region; -1: none
  Vec<Region> regions_;
  Vec<uint32_t> region_of_loop_;
  Vec<Label> labels_;
  Vec<Stub> stubs_;
  Vec<LoopEntry> loop_entries_;  ///< by loop; only of successors
  Vec<uint32_t> positions_;  ///< by instruction; only for functions that catch
  Vec<uint32_t> handler_order_;
  Vec<HandlerTable::Range> handler_rows_;
  Registers regs_;
  Pending pending_[kMaxPending];
  uint32_t pending_count_ = 0;
  bool load_waits_ = false;
  Last last_;
  HeldVector vector_;
  VectorInst joined_;  ///< the instruction that computed it, if only the next one reads it
  HeaderTable header_table_;
  uint32_t index_ = 0;
  uint32_t local_slots_ = 0;
  uint32_t temporaries_ = 0;  ///< how many slots of temporaries there are
  uint32_t param_slots_ = 0;
  uint32_t spare_ = 0;        ///< see spots_
  uint32_t first_constant_ = 0;  ///< from the bits of a constant to its place in spots_
  uint32_t usable_[6] = {};   ///< by type: registers that values may be put into
  const uint64_t* constants_ = nullptr;  ///< the function's, or a single one
  bool keeps_operands_ = false;  ///< the current instruction: ir::kKeepsOperands
  uint32_t region_end_ = 0;  ///< of the innermost region
  uint32_t slot_shift_ = 0;
  uint32_t link_ = 0;
  uint32_t frame_slots_ = 0;
  uint32_t top_ = 0;  ///< IR slot: no temporary at or above it is live
  bool reachable_ = true;
  uint32_t probe_ = kNone;
  uint32_t probe_offset_ = 0;
};

}  // namespace umber::interp
