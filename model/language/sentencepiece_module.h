// SPDX-License-Identifier: LGPL-2.1-or-later
// The boundary between the model library and sentencepiece: C functions of a shared object that is
// loaded by name (sentencepiece_library.cpp) and never linked. Debian's libsentencepiece exports a
// protocol buffer runtime (3.14) under the names of the one that its LibTorch needs (3.21): linked
// into one process each calls into the other, and the process dies before main().
// Nothing allocated on one side is freed on the other; texts are bytes with a length.
#pragma once

#include <stddef.h>

extern "C" {

struct DaliSentencepiece;

// Receives one text or id; `context` is handed through.
typedef void (*DaliSentencepieceText)(void* context, const char* text, size_t bytes);
typedef void (*DaliSentencepieceId)(void* context, int id);

// A table of functions, so that one symbol is looked up. All but open may be called from several
// threads at once on one model.
struct DaliSentencepieceFunctions {
  // Returns an owned model, or null after telling `failure` why. Never throws.
  DaliSentencepiece* (*open)(const char* file, DaliSentencepieceText failure, void* context);
  void (*close)(DaliSentencepiece* model);

  int (*size)(const DaliSentencepiece* model);
  int (*bos_id)(const DaliSentencepiece* model);  // -1: there is none; so for the next two
  int (*eos_id)(const DaliSentencepiece* model);
  int (*unknown_id)(const DaliSentencepiece* model);

  // id is in [0, size).
  void (*piece)(const DaliSentencepiece* model, int id, DaliSentencepieceText text, void* context);

  void (*encode)(const DaliSentencepiece* model, const char* text, size_t bytes,
                 DaliSentencepieceId id, void* context);
  // The text of pieces, each given by its spelling; unknown ones stay as they are.
  void (*decode)(const DaliSentencepiece* model, const char* const* pieces, size_t count,
                 DaliSentencepieceText text, void* context);
};

// The one symbol of the module.
typedef const DaliSentencepieceFunctions* (*DaliSentencepieceEntry)();
}

#define DALI_SENTENCEPIECE_ENTRY "dali_sentencepiece_functions"
