# KZ_CHECK_CFLAG(FLAG, [IF-OK], [IF-NOT]): does the compiler take FLAG?
AC_DEFUN([KZ_CHECK_CFLAG], [
  AC_MSG_CHECKING([whether $CC takes $1])
  kz_saved_cflags=$CFLAGS
  CFLAGS="$CFLAGS -Werror $1"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])], [kz_ok=yes], [kz_ok=no])
  CFLAGS=$kz_saved_cflags
  AC_MSG_RESULT([$kz_ok])
  AS_IF([test $kz_ok = yes], [$2], [$3])
])

# KZ_CHECK_LINK(FLAGS, [IF-OK], [IF-NOT]): can a program be built with FLAGS?
AC_DEFUN([KZ_CHECK_LINK], [
  AC_MSG_CHECKING([whether $CC links with $1])
  kz_saved_cflags=$CFLAGS
  CFLAGS="$CFLAGS $1"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [kz_ok=yes], [kz_ok=no])
  CFLAGS=$kz_saved_cflags
  AC_MSG_RESULT([$kz_ok])
  AS_IF([test $kz_ok = yes], [$2], [$3])
])

# KZ_NEED(PREFIX, MODULE, DEBIAN-PACKAGE): PREFIX_CFLAGS and PREFIX_LIBS from pkg-config; a
# missing one is noted, configure.ac reports them together.
AC_DEFUN([KZ_NEED], [
  PKG_CHECK_MODULES([$1], [$2], [], [
    kz_missing_modules="$kz_missing_modules, $2"
    kz_missing_packages="$kz_missing_packages $3"])
])
