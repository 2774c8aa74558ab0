/* Seal, digest, and what can be wrong with a file. */
#include "io/hdf5_open.h"

#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/checksum.h"
#include "io/hdf5_parts.h"

/* -- the seal -------------------------------------------------------------------------------- */

/* One line, twice: it takes damage in two places of the seal to hide that there was one. */
#define SEAL_START "kapitza FNV-1a "
enum { LINE = KZ_IO_HDF5_SEAL / 2 };

void kz_io_hdf5_seal(void *bytes, size_t size)
{
    char line[LINE + 1], *end = (char *)bytes + size;
    uint64_t sum = kz_io_checksum(KZ_IO_CHECKSUM_START, bytes, size);
    (void)snprintf(line, sizeof line, SEAL_START "%016" PRIx64 "\n", sum);
    memcpy(end, line, LINE);
    memcpy(end + LINE, line, LINE);
}

static uint64_t little_endian(const unsigned char *bytes)
{
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

/* Where HDF5 says that its file ends, by its superblock; 0: it cannot be told.  The place of the
 * address follows from the version: HDF5 File Format Specification, II.A. */
static uint64_t stated_end(const unsigned char *bytes, size_t size)
{
    enum { AT_VERSION = 8, OFFSETS_OLD = 13, OFFSETS_NEW = 9, HEAD = 64 };
    static const size_t place[] = {40, 44, 28, 28};
    if (size < HEAD || bytes[AT_VERSION] >= sizeof place / sizeof place[0]) return 0;
    if (bytes[bytes[AT_VERSION] < 2 ? OFFSETS_OLD : OFFSETS_NEW] != 8) return 0;
    return little_endian(bytes + place[bytes[AT_VERSION]]);
}

/* Whether the file has no seal, or one that fits. */
static bool seal_fits(const unsigned char *bytes, size_t size)
{
    unsigned char expected[2 * KZ_IO_HDF5_SEAL];
    const size_t start = sizeof SEAL_START - 1;
    if (size <= KZ_IO_HDF5_SEAL) return true;
    size_t end = size - KZ_IO_HDF5_SEAL;
    const unsigned char *seal = bytes + end;
    if (memcmp(seal, SEAL_START, start) != 0 && memcmp(seal + LINE, SEAL_START, start) != 0 &&
        stated_end(bytes, size) != end)
        return true;
    uint64_t sum = kz_io_checksum(KZ_IO_CHECKSUM_START, bytes, end);
    (void)snprintf((char *)expected, sizeof expected, SEAL_START "%016" PRIx64 "\n", sum);
    return memcmp(seal, expected, LINE) == 0 || memcmp(seal + LINE, expected, LINE) == 0;
}

/* -- opening --------------------------------------------------------------------------------- */

/* The signature stands at the start, or at 512, 1024, ... behind bytes of somebody else. */
static bool has_signature(const unsigned char *bytes, size_t size)
{
    static const char signature[8] = {'\211', 'H', 'D', 'F', '\r', '\n', '\032', '\n'};
    for (size_t at = 0; at + sizeof signature <= size; at = at ? 2 * at : 512)
        if (memcmp(bytes + at, signature, sizeof signature) == 0) return true;
    return false;
}

static kz_status check_bytes(const unsigned char *bytes, size_t size, const char *path)
{
    if (size == 0) return KZ_FAIL(KZ_EIO, "%s: is empty", path);
    if (!has_signature(bytes, size)) return KZ_FAIL(KZ_EIO, "%s: is not an HDF5 file", path);
    if (!seal_fits(bytes, size))
        return KZ_FAIL(KZ_EIO, "%s: is damaged (its checksum does not fit)", path);
    uint64_t end = memcmp(bytes + 1, "HDF", 3) == 0 ? stated_end(bytes, size) : 0;
    if (end > size)
        return KZ_FAIL(KZ_EIO, "%s: is truncated, %zu bytes of %" PRIu64, path, size, end);
    if (end > 0 && size - end > 0 && size - end < KZ_IO_HDF5_SEAL && bytes[end] == SEAL_START[0])
        return KZ_FAIL(KZ_EIO, "%s: is truncated, its seal is cut off", path);
    return KZ_OK;
}

static kz_status read_bytes(void *bytes, size_t size, int descriptor, const char *path)
{
    for (size_t done = 0; done < size;) {
        ssize_t part = pread(descriptor, (char *)bytes + done, size - done, (off_t)done);
        if (part < 0 && errno == EINTR) continue;
        if (part < 0) return KZ_FAIL(KZ_EIO, "%s: %s", path, strerror(errno));
        if (part == 0) return KZ_FAIL(KZ_EIO, "%s: shrinks while it is read", path);
        done += (size_t)part;
    }
    return KZ_OK;
}

/* HDF5 (from 1.10) holds such a lock on every file that it has open, but while single-writer,
 * multiple-reader access lasts. */
static bool is_written(int descriptor)
{
    if (flock(descriptor, LOCK_SH | LOCK_NB) == 0) {
        (void)flock(descriptor, LOCK_UN);
        return false;
    }
    return errno == EWOULDBLOCK;
}

/* The flags of the superblock (version 3) by which HDF5 refuses a file that somebody writes to;
 * they stay when that program dies. */
static bool is_marked_written(const unsigned char *bytes, size_t size)
{
    enum { AT_VERSION = 8, AT_FLAGS = 11, WRITE_ACCESS = 1, SWMR_ACCESS = 4 };
    return size > AT_FLAGS && memcmp(bytes + 1, "HDF", 3) == 0 && bytes[AT_VERSION] == 3 &&
           (bytes[AT_FLAGS] & (WRITE_ACCESS | SWMR_ACCESS)) != 0;
}

static kz_status report_unopened(const unsigned char *bytes, size_t size, const char *path)
{
    if (is_marked_written(bytes, size))
        return KZ_FAIL(KZ_EIO,
                       "%s: is open for writing in another program; close it there, or, where "
                       "that died, run h5clear -s on the file",
                       path);
    return KZ_FAIL(KZ_EIO, "%s: is damaged, HDF5 cannot open it", path);
}

static kz_status read_file(kz_io_hdf5_file *out, size_t *size, int descriptor, const char *path)
{
    struct stat info;
    if (fstat(descriptor, &info) != 0) return KZ_FAIL(KZ_EIO, "%s: %s", path, strerror(errno));
    if (S_ISDIR(info.st_mode)) return KZ_FAIL(KZ_EIO, "%s: is a directory", path);
    if (!S_ISREG(info.st_mode)) return KZ_FAIL(KZ_EIO, "%s: is not an ordinary file", path);
    if (is_written(descriptor))
        return KZ_FAIL(KZ_EIO, "%s: is open for writing in another program; close it there", path);
    *size = (size_t)info.st_size;
    KZ_TRY(kz_alloc(&out->bytes, *size, 1));
    KZ_TRY(read_bytes(out->bytes, *size, descriptor, path));
    return check_bytes(out->bytes, *size, path);
}

/* HDF5 takes two images of one name for one file.  H5LTopen_file_image() would do the same and
 * leaks 72 bytes a call in HDF5 1.10. */
static hid_t open_image(const void *bytes, size_t size)
{
    enum { INCREMENT = 1 << 16 };
    char name[40];
    hid_t file = -1, access = H5Pcreate(H5P_FILE_ACCESS);
    (void)snprintf(name, sizeof name, "image at %p", bytes);
    if (H5Pset_fapl_core(access, INCREMENT, 0) >= 0 &&
        H5Pset_file_image(access, (void *)(uintptr_t)bytes, size) >= 0)
        file = H5Fopen(name, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    return file;
}

kz_status kz_io_hdf5_open(kz_io_hdf5_file *out, const char *path)
{
    size_t size = 0;
    *out = (kz_io_hdf5_file){.id = -1};
    int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a pipe must not block */
    if (descriptor < 0) return KZ_FAIL(KZ_EIO, "%s: %s", path, strerror(errno));
    kz_status status = read_file(out, &size, descriptor, path);
    (void)close(descriptor);
    if (status == KZ_OK) {
        kz_io_hdf5_printer before;
        kz_io_hdf5_silence(&before);
        out->id = open_image(out->bytes, size);
        kz_io_hdf5_restore(&before);
        if (out->id < 0) status = report_unopened(out->bytes, size, path);
    }
    if (status != KZ_OK) kz_io_hdf5_close(out);
    return status;
}

void kz_io_hdf5_close(kz_io_hdf5_file *file)
{
    if (file->id >= 0) H5Fclose(file->id);
    kz_free(file->bytes);
    *file = (kz_io_hdf5_file){.id = -1};
}

/* -- the digest ------------------------------------------------------------------------------ */

#define DIGEST_NAME "attribute_digest"
#define DIGEST_START "FNV-1a %016" PRIx64 " of"
enum { DIGEST_HEAD = 26, TEXT_ROOM = 1 << 15 }; /* the most that an attribute may hold is 64 KiB */

typedef struct {
    uint64_t sum;
    char *names; /* [TEXT_ROOM] of the attributes, each after a blank */
    char *text;  /* [TEXT_ROOM] scratch */
} digest;

/* Adds one attribute; false: it is neither a text nor a single number. */
static bool add_attribute(digest *d, hid_t file, const char *name)
{
    double number;
    const void *value = d->text;
    size_t size = 0;
    if (kz_io_hdf5_get_text(d->text, TEXT_ROOM, file, name)) {
        size = strlen(d->text);
    } else if (kz_io_hdf5_get_value(&number, file, name, H5T_NATIVE_DOUBLE)) {
        if (isnan(number)) number = NAN; /* whatever its payload */
        value = &number;
        size = sizeof number;
    } else {
        return false;
    }
    d->sum = kz_io_checksum(d->sum, name, strlen(name) + 1);
    d->sum = kz_io_checksum(d->sum, value, size);
    return true;
}

/* H5A_operator2_t. */
static herr_t collect(hid_t file, const char *name, const H5A_info_t *info, void *context)
{
    digest *d = context;
    (void)info;
    size_t length = strlen(d->names), more = strlen(name) + 2;
    if (strcmp(name, DIGEST_NAME) == 0 || strchr(name, ' ')) return 0;
    if (length + more > TEXT_ROOM - DIGEST_HEAD) return -1;
    if (add_attribute(d, file, name)) (void)snprintf(d->names + length, more, " %s", name);
    return 0;
}

static kz_status digest_begin(digest *d)
{
    void *memory = NULL;
    *d = (digest){.sum = KZ_IO_CHECKSUM_START};
    KZ_TRY(kz_alloc(&memory, TEXT_ROOM, 2));
    d->names = memory;
    d->text = d->names + TEXT_ROOM;
    return KZ_OK;
}

kz_status kz_io_hdf5_put_digest(hid_t file)
{
    digest d;
    KZ_TRY(digest_begin(&d));
    herr_t failed = H5Aiterate2(file, H5_INDEX_NAME, H5_ITER_INC, NULL, collect, &d);
    if (failed >= 0) {
        (void)snprintf(d.text, TEXT_ROOM, DIGEST_START "%s", d.sum, d.names);
        failed = kz_io_hdf5_put_text(file, DIGEST_NAME, d.text);
    }
    kz_free(d.names);
    return failed >= 0 ? KZ_OK : KZ_FAIL(KZ_EIO, "HDF5 cannot hold the digest");
}

static bool digest_fits(digest *d, hid_t file)
{
    char head[DIGEST_HEAD + 1];
    if (!kz_io_hdf5_get_text(d->names, TEXT_ROOM, file, DIGEST_NAME) ||
        strlen(d->names) < DIGEST_HEAD)
        return false;
    char *rest = NULL;
    for (char *name = strtok_r(d->names + DIGEST_HEAD, " ", &rest); name;
         name = strtok_r(NULL, " ", &rest))
        if (!add_attribute(d, file, name)) return false;
    (void)snprintf(head, sizeof head, DIGEST_START, d->sum);
    return memcmp(head, d->names, DIGEST_HEAD) == 0;
}

kz_status kz_io_hdf5_check_digest(hid_t file, bool required)
{
    static const char wrong[] =
        "is damaged, or was edited: its attributes do not fit attribute_digest";
    digest d;
    if (H5Aexists(file, DIGEST_NAME) <= 0)
        return required ? KZ_FAIL(KZ_EIO, "is damaged: attribute_digest is missing") : KZ_OK;
    KZ_TRY(digest_begin(&d));
    bool fits = digest_fits(&d, file);
    kz_free(d.names);
    return fits ? KZ_OK : KZ_FAIL(KZ_EIO, "%s", wrong);
}
