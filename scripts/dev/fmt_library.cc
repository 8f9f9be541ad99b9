// The compiled half of {fmt}, which its headers declare `extern`; see the root CMakeLists.txt for
// why it is built here.
#include <fmt/format-inl.h>

template auto fmt::detail::dragonbox::to_decimal(float value) -> dragonbox::decimal_fp<float>;
template auto fmt::detail::dragonbox::to_decimal(double value) -> dragonbox::decimal_fp<double>;
template auto fmt::detail::thousands_sep_impl<char>(locale_ref locale)
    -> thousands_sep_result<char>;
template auto fmt::detail::decimal_point_impl(locale_ref locale) -> char;
template void fmt::detail::buffer<char>::append(const char* begin, const char* end);
template void fmt::detail::vformat_to(buffer<char>& out, string_view format,
                                      basic_format_args<format_context> arguments,
                                      locale_ref locale);
